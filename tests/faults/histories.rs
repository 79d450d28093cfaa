//! A short run of `make chaos`: random faults behind NGINX, and a checked history of what clients saw.

use chaos::options::Options;
use chaos::run::run;
use clap::Parser as _;

/// The program `atelier` and the script that starts NGINX.
const PROGRAMS: [&str; 4] = [
    "--atelier",
    env!("CARGO_BIN_EXE_atelier"),
    "--nginx",
    concat!(env!("CARGO_MANIFEST_DIR"), "/nginx/start"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_behind_nginx_see_every_promise_kept_while_replicas_and_listeners_fail() {
    let short = ["--calm-ms", "1000", "--patience", "4"];
    let faults = ["--faults", "kill,terminate,terminate-listeners,reload-nginx", "--interval-ms", "400"];
    let run_options = ["chaos", "--seed", "5", "--minutes", "0.05", "--rate", "100"];
    let options = Options::parse_from(run_options.into_iter().chain(short).chain(faults).chain(PROGRAMS));

    let verdict = run(&options).await.expect("the system starts");

    assert!(verdict.is_good(), "{verdict}");
}
