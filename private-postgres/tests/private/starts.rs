//! First starts, restarts, and what stands in their way.

use std::{
    env, fs, process,
    time::{Duration, Instant},
};

use private_postgres::{PrivateServer, PrivateServerError};
use sqlx::{Connection, PgConnection};

use crate::{
    connect, directory,
    program::{Program, command},
};

#[tokio::test]
async fn data_survive_a_restart() {
    let dir = directory();
    let server = PrivateServer::start(dir.path()).await.unwrap();
    let mut connection = connect(&server).await;
    sqlx::query("create table kept as select 42 as answer").execute(&mut connection).await.unwrap();
    drop(server);

    let server = PrivateServer::start(dir.path()).await.unwrap();

    let answer: i32 =
        sqlx::query_scalar("select answer from kept").fetch_one(&mut connect(&server).await).await.unwrap();
    assert_eq!(answer, 42);
}

#[tokio::test]
async fn the_url_leads_to_the_server_over_loopback() {
    let server = PrivateServer::throwaway().await.unwrap();
    let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();

    let (version, addresses): (String, String) = sqlx::query_as(
        "select split_part(current_setting('server_version'), ' ', 1), host(inet_server_addr())",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();

    assert_eq!(version, server.version());
    assert_eq!(addresses, "127.0.0.1");
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let dir = directory();
    let _first = PrivateServer::start(dir.path()).await.unwrap();

    let second = PrivateServer::start(dir.path()).await;

    let message = second.err().unwrap().to_string();
    assert!(message.contains(&format!("in use by process {}", process::id())), "{message}");
}

#[tokio::test]
async fn an_incomplete_data_directory_is_created_again() {
    let dir = directory();
    fs::create_dir(dir.path().join("data.new")).unwrap();
    fs::write(dir.path().join("data.new/PG_VERSION"), "15").unwrap();
    fs::write(dir.path().join("lock"), "").unwrap();

    let server = PrivateServer::start(dir.path()).await.unwrap();

    connect(&server).await.ping().await.unwrap();
}

#[tokio::test]
async fn files_that_no_private_server_has_created_are_kept() {
    for (name, content) in
        [("data", None), ("data.new", None), ("postgres.log", Some("")), ("lock", Some("mine"))]
    {
        let dir = directory();
        let path = dir.path().join(name);
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        } else {
            fs::create_dir(&path).unwrap();
            fs::write(path.join("PG_VERSION"), "15").unwrap();
        }
        let refused = PrivateServer::start(dir.path()).await.err().unwrap().to_string();
        let expected = format!("{} was not created by Atelier", path.canonicalize().unwrap().display());
        assert!(refused.contains(&expected), "{refused}");
        PrivateServer::remove(dir.path()).await.unwrap_err();
        let left: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [name]);
        assert_eq!(content, fs::read_to_string(&path).ok().as_deref());
    }
}

#[tokio::test]
async fn only_the_files_of_a_server_are_removed() {
    let dir = directory();
    let home = dir.path().join("home");
    let server = PrivateServer::start(&home).await.unwrap();
    let in_use = PrivateServer::remove(&home).await.unwrap_err();
    assert!(matches!(in_use, PrivateServerError::InUse { .. }), "{in_use}");
    drop(server);
    fs::write(home.join("mine"), "").unwrap();
    PrivateServer::remove(&home).await.unwrap();
    let left: Vec<_> = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["mine"]);

    fs::remove_file(home.join("mine")).unwrap();
    drop(PrivateServer::start(&home).await.unwrap());
    PrivateServer::remove(&home).await.unwrap();
    assert!(!home.exists());
}

#[tokio::test]
async fn data_of_another_major_version_are_refused() {
    let dir = directory();
    let server = PrivateServer::start(dir.path()).await.unwrap();
    let version = server.version().to_owned();
    drop(server);
    fs::write(dir.path().join("data/PG_VERSION"), "9.6\n").unwrap();

    let refused = PrivateServer::start(dir.path()).await.err().unwrap();

    assert!(matches!(&refused, PrivateServerError::OtherVersion { .. }), "{refused}");
    let message = refused.to_string();
    assert!(message.contains("from PostgreSQL 9.6,"), "{message}");
    assert!(message.contains(&format!("is PostgreSQL {version};")), "{message}");
}

#[tokio::test]
async fn a_directory_too_deep_for_sockets_is_accepted() {
    let dir = directory();
    let deep = dir.path().join("d".repeat(100));

    let server = PrivateServer::start(&deep).await.unwrap();

    assert_eq!(server.data_dir(), deep.canonicalize().unwrap());
    connect(&server).await.ping().await.unwrap();
}

#[test]
fn a_wrong_pg_bin_dir_is_named() {
    let dir = directory();
    let mut command = command(&env::current_exe().unwrap(), None);
    command.env("PG_BIN_DIR", dir.path());

    let program = Program::run(command);

    assert!(program.answer.starts_with("PG_BIN_DIR is /"), "{}", program.answer);
    program.end();
}

#[test]
fn the_error_without_postgresql_says_what_to_install() {
    let err = PrivateServerError::NotFound { searched: vec!["/usr/bin".into(), "/opt/bin".into()] };
    assert_eq!(
        err.to_string(),
        "PostgreSQL (its programs initdb and postgres) was not found in /usr/bin, /opt/bin.\n\
         Install it, or name its directory in PG_BIN_DIR:\n  \
           Debian, Ubuntu:  sudo apt-get install postgresql\n  \
           macOS:           brew install postgresql@17\n\
         or let Docker run it, and serve from there:\n  \
           docker run -d -e POSTGRES_PASSWORD=atelier -p 5432:5432 postgres:18\n  \
           DATABASE_URL=postgres://postgres:atelier@127.0.0.1:5432/postgres atelier serve"
    );
}

#[tokio::test]
async fn a_standby_follows_its_primary() {
    let primary = PrivateServer::replicated().await.unwrap();
    let standby = primary.standby().await.unwrap();

    sqlx::query("create table kept as select 42 as answer")
        .execute(&mut connect(&primary).await)
        .await
        .unwrap();

    let mut follower = connect(&standby).await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let answer: i32 = loop {
        match sqlx::query_scalar("select answer from kept").fetch_one(&mut follower).await {
            Ok(answer) => break answer,
            Err(err) => assert!(Instant::now() < deadline, "{err}"),
        }
    };
    assert_eq!(answer, 42);
    let is_standby: bool =
        sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(&mut follower).await.unwrap();
    assert!(is_standby);
}
