//! Settings that are not accepted end the program at once, with an error that names the setting, its source, its value and
//! what is accepted.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use sqlx::ConnectOptions as _;

use crate::databases::TestDatabase;
use crate::replica::{Replica, atelier, output};

/// Starts a replica with these variables, asserts that it fails, and returns its output.
fn rejected(variables: &[(&str, &str)]) -> String {
    let mut command = atelier(&["serve"]);
    command.envs(variables.iter().copied());
    let (status, text) = output(&mut command);
    assert_eq!(status.code(), Some(1), "{text}");
    text
}

/// The same, with these settings in a file. `FILE` stands for its path in the output.
fn rejected_in_file(settings: &str, variables: &[(&str, &str)]) -> String {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(file.path(), settings).unwrap();
    let path = file.path().to_str().unwrap();
    let mut command = atelier(&["serve", "--config", path]);
    let (status, text) = output(command.envs(variables.iter().copied()));
    assert_eq!(status.code(), Some(1), "{text}");
    text.replace(path, "FILE")
}

#[test]
fn an_error_names_the_setting_its_source_its_value_and_what_is_accepted() {
    let text = rejected(&[("ATELIER_CACHE_MIB", "0")]);
    let error = r#"setting cache_mib (environment variable ATELIER_CACHE_MIB) is "0", and must be a whole number from 1 to 1048576"#;
    assert!(text.contains(error), "{text}");

    let text = rejected_in_file("log_format = 'loud'", &[]);
    assert!(
        text.contains(r#"setting log_format (FILE) is "loud", and must be auto, text or json"#),
        "{text}"
    );

    let text = rejected(&[("PORT", "65536"), ("ATELIER_PORT", "")]);
    assert!(text.contains("setting port (environment variable PORT)"), "{text}");

    let text = rejected(&[("ATELIER_PORT", "http")]);
    assert!(text.contains("port") && text.contains(r#""http""#) && text.contains("0 to 65535"), "{text}");

    let text = rejected(&[("ATELIER_LOADERIO_TOKEN", "a/b")]);
    assert!(text.contains("loaderio_token") && text.contains("letters and digits"), "{text}");

    let text = rejected(&[("ATELIER_SERVICES", "products,carts")]);
    assert!(text.contains("services") && text.contains("products, questions, reviews, cart"), "{text}");
}

#[test]
fn a_misspelt_setting_in_a_file_is_rejected_with_a_suggestion() {
    let text = rejected_in_file("cache_mb = 64", &[]);
    assert!(text.contains("there is no setting cache_mb (FILE); did you mean cache_mib?"), "{text}");

    // A setting of earlier releases.
    let text = rejected_in_file("write_rate_per_s = 5", &[]);
    assert!(text.contains("there is no setting write_rate_per_s (FILE)"), "{text}");
}

#[test]
fn a_number_in_a_file_is_parsed_strictly() {
    for value in ["-1", "0", "257", "1.5", "1e3", "true", "'4 '", "9223372036854775807", "inf", "''"] {
        let text = rejected_in_file(&format!("read_connections = {value}"), &[]);
        let is_accepted = matches!(value, "'4 '" | "''");
        assert_eq!(text.contains("must be a whole number from 1 to 256"), !is_accepted, "{value}: {text}");
        assert_eq!(text.contains("no database is named"), is_accepted, "{value}: {text}");
    }
    for value in ["[4, [5]]", "{ min = 4 }"] {
        let text = rejected_in_file(&format!("read_connections = {value}"), &[]);
        assert!(text.contains("setting read_connections (FILE) is "), "{value}: {text}");
        assert!(text.contains("must be a whole number from 1 to 256"), "{value}: {text}");
    }
}

#[test]
fn a_list_in_a_file_may_be_an_array() {
    let text = rejected_in_file(
        "services = ['products', 'cart']
         cors_origins = ['https://a.example', 'https://b.example']
         trusted_proxies = ['10.0.0.0/8']
         database_standby_urls = ['postgres://one/none', 'postgres://two/none']",
        &[],
    );
    assert!(text.contains("no database is named"), "{text}");

    // An empty array does not mean the default, which allows all origins.
    let text = rejected_in_file("cors_origins = []", &[]);
    assert!(text.contains("setting cors_origins (FILE)"), "{text}");
}

#[test]
fn a_process_runs_at_least_one_service() {
    for text in [
        rejected(&[("ATELIER_SERVICES", ",")]),
        rejected_in_file("services = []", &[]),
        rejected_in_file("services = ['products', ['cart']]", &[]),
    ] {
        assert!(text.contains("setting services (") && text.contains("must be one or more of"), "{text}");
    }
}

#[test]
fn a_file_that_can_not_be_read_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.toml");
    for path in [directory.path(), &missing] {
        let (status, text) = output(&mut atelier(&["serve", "--config", path.to_str().unwrap()]));
        assert_eq!(status.code(), Some(1), "{text}");
        let error = format!("can't read settings from {}", path.display());
        assert!(text.contains(&error), "{text}");
    }
    let text = rejected_in_file("port = 1\nport = 2", &[]);
    assert!(text.contains("can't read settings from FILE: TOML parse error at line 2"), "{text}");
}

#[test]
fn the_former_name_of_a_setting_is_accepted_with_a_warning() {
    let invalid = "mysql://standby/none";
    let variable = "ATELIER_DATABASE_REPLICA_URLS";
    let text = rejected(&[(variable, invalid)]);
    assert!(
        text.contains(&format!("setting database_standby_urls (environment variable {variable})")),
        "{text}"
    );
    let text = rejected_in_file(&format!("database_replica_urls = '{invalid}'"), &[]);
    assert!(text.contains("setting database_standby_urls (FILE)"), "{text}");

    let (valid, warning) = ("postgres://standby/none", "is now database_standby_urls");
    let text = rejected(&[(variable, valid)]);
    assert!(
        text.contains(&format!("(environment variable {variable}) {warning}")) && text.contains("WARN"),
        "{text}"
    );
    let text = rejected_in_file(&format!("database_replica_urls = '{valid}'"), &[]);
    assert!(
        text.contains(&format!("database_replica_urls (FILE) {warning}")) && text.contains("WARN"),
        "{text}"
    );

    // The new name overrides the former one, also in a file that has both; the environment overrides the file.
    for _ in 0..8 {
        let both = format!("database_replica_urls = '{valid}'\ndatabase_standby_urls = '{invalid}'");
        let text = rejected_in_file(&both, &[]);
        assert!(text.contains("setting database_standby_urls (FILE)"), "{text}");
    }
    let text = rejected(&[(variable, invalid), ("ATELIER_DATABASE_STANDBY_URLS", valid)]);
    assert!(text.contains("no database is named"), "{text}");
    let text = rejected_in_file(&format!("database_standby_urls = '{invalid}'"), &[(variable, valid)]);
    assert!(text.contains("no database is named"), "{text}");
}

#[test]
fn a_misspelt_variable_is_ignored_with_a_warning_that_names_the_nearest_setting() {
    for (variable, nearest) in [
        ("ATELIER_CACHE_MB", "ATELIER_CACHE_MIB"),
        ("ATELIER_READ_CONECTIONS", "ATELIER_READ_CONNECTIONS"),
        ("ATELIER_DB_URL", "ATELIER_DATABASE_URL"),
    ] {
        // The database is checked after all settings have been read.
        let text = rejected(&[(variable, "hunter2")]);
        assert!(text.contains("DATABASE_URL"), "{text}");
        let warning = format!("{variable} is not a setting and is ignored; the nearest is {nearest}");
        assert!(text.contains(&warning) && text.contains("WARN") && !text.contains("hunter2"), "{text}");
    }
    assert!(!rejected(&[]).contains("WARN"));
}

#[test]
fn a_variable_that_is_not_utf_8_is_named() {
    let mut command = atelier(&["serve"]);
    let (status, text) = output(command.env("ATELIER_LOG", OsStr::from_bytes(b"\xFF")));
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(text.contains("ATELIER_LOG is not valid UTF-8"), "{text}");

    // Another program's is ignored, as every unknown variable is.
    let mut command = atelier(&["serve"]);
    let (_, text) = output(command.env("ATELIER_NOTE", OsStr::from_bytes(b"\xFF")));
    assert!(
        text.contains("ATELIER_NOTE is not a setting") && text.contains("no database is named"),
        "{text}"
    );
}

#[test]
fn service_links_are_disabled_in_all_of_our_pods() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/kubernetes");
    let files =
        std::fs::read_dir(dir).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let pods: Vec<_> = files.filter(|text| text.contains("      containers:\n")).collect();
    assert_eq!(pods.len(), 2);
    assert!(pods.iter().all(|pod| pod.contains("\n      enableServiceLinks: false\n")), "{pods:?}");
}

/// The variables are the service links that Kubernetes sets in each pod beside a Service named atelier, unless they are
/// disabled.
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
    let replica = Replica::ready(database.options().to_url_lossy().as_str(), &variables).await;
    assert_eq!(replica.status("/health/live").await, Some(200));
}

#[test]
fn an_invalid_log_filter_is_named() {
    let text = rejected(&[("ATELIER_LOG", "atelier=loud"), ("DATABASE_URL", "postgres://localhost/none")]);
    assert!(text.contains("setting log") && text.contains("atelier=loud"), "{text}");
}

#[test]
fn a_password_is_never_shown() {
    for url in ["postgres://user:hunter2@[::1/none", "mysql://user:hunter2@localhost/none"] {
        let text = rejected(&[("DATABASE_URL", url)]);
        assert!(text.contains("database_url") && !text.contains("hunter2"), "{text}");

        let urls = format!("postgres://good:hunter2@localhost/one,{url}");
        let text = rejected(&[("ATELIER_DATABASE_STANDBY_URLS", &urls)]);
        assert!(text.contains("database_standby_urls") && !text.contains("hunter2"), "{text}");

        for value in [format!("'{url}'"), format!("['{url}']"), format!("{{ '{url}' = '{url}' }}")] {
            let text = rejected_in_file(&format!("database_url = {value}"), &[]);
            assert!(text.contains("setting database_url") && !text.contains("hunter2"), "{text}");
        }
        // A syntax error in the line of the password.
        let text = rejected_in_file(&format!("database_url = '{url}"), &[]);
        assert!(text.contains("line 1") && !text.contains("hunter2"), "{text}");
    }
    let mut command = atelier(&["serve"]);
    let (_, text) =
        output(command.env("DATABASE_URL", OsStr::from_bytes(b"postgres://user:hunter2\xFF@localhost")));
    assert!(text.contains("DATABASE_URL is not valid UTF-8") && !text.contains("hunter2"), "{text}");
}

#[test]
fn without_a_database_the_error_says_what_to_do() {
    let text = rejected(&[]);
    assert!(text.contains("DATABASE_URL") && text.contains("make demo"), "{text}");
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    let text = rejected(&[("PORT", &port), ("DATABASE_URL", "postgres://localhost/none")]);

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
