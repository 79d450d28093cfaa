//! A low limit of open files.

use std::process::Command;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::databases::{TestDatabase, eventually};
use crate::http_client::get;
use crate::replica::Replica;

/// Starts a replica whose soft and hard limit of open files are these.
async fn start(soft: u32, hard: u32) -> (TestDatabase, Replica) {
    let database = TestDatabase::filled("").await;
    let mut command = Command::new("sh");
    let script = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" serve");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_atelier")]);
    let replica = Replica::start_by(command, database.options().to_url_lossy().as_str(), &[]);
    eventually("the replica is ready", async || replica.is_ready().await).await;
    (database, replica)
}

/// The processor time that the replica has used, in hundredths of a second.
fn processor_ticks(replica: &Replica) -> u64 {
    let stat = replica.proc("stat");
    // The name of the program, in parentheses, is the second field; times in user and system mode are the 14th and 15th.
    let (_, fields) = stat.rsplit_once(") ").expect("the name of the program");
    fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

#[tokio::test]
async fn more_clients_than_open_files_neither_stop_the_replica_nor_disconnect_the_database() {
    let (_database, replica) = start(64, 64).await;
    let warnings = replica.take_log();
    assert_eq!(
        warnings.iter().filter(|line| line.contains("limit of open files")).count(),
        1,
        "{warnings:?}"
    );
    let mut accepted = replica.connect().await;
    assert_eq!(get(&mut accepted, "/products").await.unwrap().0, 200);

    let mut clients = Vec::new();
    for _ in 0..200 {
        let mut client = TcpStream::connect(replica.address).await.unwrap();
        let _ = client.write_all(b"GET /health/ready HTTP/1.1\r\nhost: a\r\n\r\n").await;
        clients.push(client);
    }
    for count in 1..20 {
        assert_eq!(get(&mut accepted, &format!("/products?count={count}")).await.unwrap().0, 200);
    }
    assert_eq!(get(&mut accepted, "/health/ready").await.unwrap().0, 200);
    let before = processor_ticks(&replica);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ticks = processor_ticks(&replica) - before;
    assert!(ticks < 40, "{ticks} hundredths of a second of processor time in a second");

    drop(clients);
    eventually("new clients are accepted", async || replica.is_ready().await).await;
    let log = replica.take_log();
    assert!(!log.iter().any(|line| line.contains("can't be accepted")), "{log:?}");
}

#[tokio::test]
async fn the_soft_limit_of_open_files_is_raised_to_the_hard_limit() {
    let (_database, replica) = start(64, 1024).await;
    let limits = replica.proc("limits");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit of open files");
    let numbers: Vec<_> = line.split_whitespace().filter_map(|word| word.parse::<u32>().ok()).collect();
    assert_eq!(numbers, [1024, 1024], "{line}");
}

#[tokio::test]
async fn connections_that_can_not_be_accepted_are_logged_once() {
    let (_database, replica) = start(1024, 1024).await;
    let mut accepted = replica.connect().await;
    assert_eq!(get(&mut accepted, "/health/ready").await.unwrap().0, 200);
    replica.limit_open_files(8);
    let _waiting = TcpStream::connect(replica.address).await.unwrap();

    eventually("the log warns", async || {
        replica.take_log().iter().any(|line| line.contains("can't be accepted"))
    })
    .await;

    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(replica.take_log(), Vec::<String>::new());
    assert_eq!(get(&mut accepted, "/health/ready").await.unwrap().0, 200);
    replica.limit_open_files(1024);
    eventually("new clients are accepted", async || replica.is_ready().await).await;
}
