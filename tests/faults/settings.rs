//! Wrong settings stop the program at once, and say which, what it was, and what is accepted.

use crate::process::{atelier, output};

fn refused(variables: &[(&str, &str)]) -> String {
    let mut command = atelier(&["serve"]);
    command.envs(variables.iter().copied());
    let (status, text) = output(command);
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
fn a_misspelt_setting_is_told_with_the_one_it_may_be() {
    let text = refused(&[("ATELIER_CACHE_MB", "64")]);
    assert!(text.contains("cache_mb") && text.contains("did you mean cache_mib?"), "{text}");
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
    assert!(text.contains("DATABASE_URL") && text.contains("atelier demo"), "{text}");
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
    let (status, text) = output(atelier(&["serve", "--help"]));
    assert!(status.success());
    for name in ["ATELIER_HOST", "ATELIER_PORT", "ATELIER_DATABASE_URL", "ATELIER_CACHE_MIB", "ATELIER_LOG"] {
        assert!(text.contains(name), "{name} in {text}");
    }
}
