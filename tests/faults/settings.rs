//! Wrong settings stop the program at once, and say which, what it was, and what is accepted.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use sqlx::ConnectOptions as _;

use crate::databases::TestDatabase;
use crate::process::{Process, atelier, output};

fn refused(variables: &[(&str, &str)]) -> String {
    let mut command = atelier(&["serve"]);
    command.envs(variables.iter().copied());
    let (status, text) = output(&mut command);
    assert_eq!(status.code(), Some(1), "{text}");
    text
}

#[test]
fn a_wrong_value_is_named_with_what_is_accepted() {
    let text = refused(&[("ATELIER_PORT", "http")]);
    assert!(text.contains("port") && text.contains(r#""http""#) && text.contains("0 to 65535"), "{text}");

    let text = refused(&[("ATELIER_CACHE_MIB", "0")]);
    assert!(text.contains("cache_mib") && text.contains("1 to 1048576"), "{text}");

    let text = refused(&[("ATELIER_LOADERIO_TOKEN", "a/b")]);
    assert!(text.contains("loaderio_token") && text.contains("letters and digits"), "{text}");

    let text = refused(&[("ATELIER_SERVICES", "products,carts")]);
    assert!(text.contains("services") && text.contains("products, questions, reviews, cart"), "{text}");
}

#[test]
fn a_misspelt_setting_in_a_file_is_refused_with_the_one_it_may_be() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(file.path(), "cache_mb = 64").unwrap();
    let (status, text) = output(&mut atelier(&["serve", "--config", file.path().to_str().unwrap()]));
    assert_eq!(status.code(), Some(1), "{text}");
    // The path may be shown from the directory that the tests run in.
    let name = file.path().file_name().unwrap().to_str().unwrap();
    assert!(text.contains("no setting cache_mb") && text.contains(name), "{text}");
    assert!(text.contains("did you mean cache_mib?"), "{text}");
}

#[test]
fn a_misspelt_variable_is_ignored_with_a_warning_that_names_the_nearest_setting() {
    for (variable, nearest) in [
        ("ATELIER_CACHE_MB", "ATELIER_CACHE_MIB"),
        ("ATELIER_READ_CONECTIONS", "ATELIER_READ_CONNECTIONS"),
        ("ATELIER_DB_URL", "ATELIER_DATABASE_URL"),
    ] {
        // That there is no database is seen after all settings were read.
        let text = refused(&[(variable, "hunter2")]);
        assert!(text.contains("DATABASE_URL"), "{text}");
        let warning = format!("{variable} is no setting, and is ignored; the nearest is {nearest}");
        assert!(text.contains(&warning) && text.contains("WARN") && !text.contains("hunter2"), "{text}");
    }
    assert!(!refused(&[]).contains("WARN"));
}

#[test]
fn a_setting_that_is_no_text_is_named() {
    let mut command = atelier(&["serve"]);
    let (status, text) = output(command.env("ATELIER_LOG", OsStr::from_bytes(b"\xFF")));
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(text.contains("ATELIER_LOG is not valid UTF-8"), "{text}");
}

#[test]
fn no_pod_of_ours_is_given_the_variables_of_services() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/kubernetes");
    let files =
        std::fs::read_dir(dir).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let pods: Vec<_> = files.filter(|text| text.contains("      containers:\n")).collect();
    assert_eq!(pods.len(), 2);
    assert!(pods.iter().all(|pod| pod.contains("\n      enableServiceLinks: false\n")), "{pods:?}");
}

/// What Kubernetes puts into each pod of a namespace with a Service named atelier, unless it is told not to.
#[tokio::test]
async fn a_pod_beside_a_service_named_atelier_starts() {
    let database = TestDatabase::filled("").await;
    let variables = [
        ("ATELIER_SERVICE_HOST", "10.96.41.7"),
        ("ATELIER_SERVICE_PORT", "80"),
        ("ATELIER_SERVICE_PORT_HTTP", "80"),
        ("ATELIER_PORT", "tcp://10.96.41.7:80"),
        ("ATELIER_PORT_80_TCP", "tcp://10.96.41.7:80"),
        ("ATELIER_PORT_80_TCP_PROTO", "tcp"),
        ("ATELIER_PORT_80_TCP_PORT", "80"),
        ("ATELIER_PORT_80_TCP_ADDR", "10.96.41.7"),
    ];
    let process = Process::ready(database.options().to_url_lossy().as_str(), &variables).await;
    assert_eq!(process.status("/health/live").await, Some(200));
}

#[test]
fn a_wrong_filter_for_logs_is_named() {
    let text = refused(&[("ATELIER_LOG", "atelier=loud"), ("DATABASE_URL", "postgres://localhost/none")]);
    assert!(text.contains("setting log") && text.contains("atelier=loud"), "{text}");
}

#[test]
fn a_password_is_never_shown() {
    for url in ["postgres://user:hunter2@[::1/none", "mysql://user:hunter2@localhost/none"] {
        let text = refused(&[("DATABASE_URL", url)]);
        assert!(text.contains("database_url") && !text.contains("hunter2"), "{text}");

        let urls = format!("postgres://good:hunter2@localhost/one,{url}");
        let text = refused(&[("ATELIER_DATABASE_REPLICA_URLS", &urls)]);
        assert!(text.contains("database_replica_urls") && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn without_a_database_it_says_what_to_do() {
    let text = refused(&[]);
    assert!(text.contains("DATABASE_URL") && text.contains("make demo"), "{text}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    let text = refused(&[("PORT", &port), ("DATABASE_URL", "postgres://localhost/none")]);

    assert!(text.contains(&format!("127.0.0.1:{port}")) && text.contains("in use"), "{text}");
}

#[test]
fn the_help_lists_every_setting() {
    let (status, text) = output(&mut atelier(&["serve", "--help"]));
    assert!(status.success());
    for name in ["ATELIER_HOST", "ATELIER_PORT", "ATELIER_DATABASE_URL", "ATELIER_CACHE_MIB", "ATELIER_LOG"] {
        assert!(text.contains(name), "{name} in {text}");
    }
}
