//! A run: from the seed to the verdict.

use std::fs;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Result;
use crate::checker::{Bounds, History, Promise, Verdict, check};
use crate::history::{Clock, Recorder};
use crate::nemesis::Nemesis;
use crate::options::Options;
use crate::shop;
use crate::system::{Logs, System};
use crate::workload::Workload;

/// How long clients operate before the first fault.
const WARM_UP: Duration = Duration::from_millis(500);
/// How often the progress is printed.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(30);

/// Runs the system under faults, checks what clients saw, and prints that. Fails if the system can't be started.
pub async fn run(options: &Options) -> Result<Verdict> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    println!("Seed {seed}, {}", planned(options));
    raise_open_files();
    let logs = Logs::create(options.logs.as_deref())?;
    let system = Arc::new(System::start(options, &logs).await?);
    println!("{} replicas behind NGINX are ready; logs: {}", options.replicas, logs.dir().display());

    let mut verdict = check(&record(options, seed, &system).await?);
    drop(system);
    verdict.add_panics(logs.panics());
    println!("{verdict}");
    if !verdict.is_good() {
        let dir = logs.keep();
        let violations = verdict.violations.iter();
        let lines: Vec<_> =
            violations.map(|violation| format!("{:?}: {}", violation.promise, violation.detail)).collect();
        fs::write(dir.join("violations.txt"), lines.join("\n"))?;
        println!("Seed {seed}; all violations and the logs are in {}", dir.display());
    }
    Ok(verdict)
}

/// Operates and injects faults.
async fn record(options: &Options, seed: u64, system: &Arc<System>) -> Result<History> {
    let clock = Clock::start();
    let recorder = Arc::new(Recorder::new(clock));
    let workload = Workload::new(&recorder, system, seed);
    let nemesis = Nemesis::new(system, &workload);
    let clients = workload.start(options.rate);
    let progress = report_progress(Arc::clone(&recorder), Arc::clone(&nemesis));
    sleep(WARM_UP).await;

    let interrupted = tokio::spawn(interrupted());
    let end = clock.now() + options.duration();
    let is_over = || match (options.operations, options.kills) {
        _ if interrupted.is_finished() => true,
        (Some(operations), _) => recorder.count() >= operations,
        (None, Some(_)) => false,
        (None, None) => clock.now() >= end,
    };
    match options.kills {
        Some(kills) => nemesis.kill_all(kills, seed, is_over).await?,
        None => nemesis.inject(options, seed, is_over).await?,
    }

    let (bounds, healed_at) = (Bounds::default(), nemesis.healed_at());
    let ready_at = system.becomes_ready(Duration::from_secs(30)).await.then(|| clock.now());
    sleep((healed_at + options.calm()).saturating_sub(clock.now())).await;
    workload.stop();
    clients.join_all().await;
    // What nobody waits for any more ends, and every invalidation arrives.
    sleep(bounds.aftermath).await;
    let settled_at = clock.now();
    workload.read_everything().await;
    let stored = shop::stored(&mut system.postgres.connect().await?).await?;
    progress.abort();
    interrupted.abort();
    println!(
        "{} faults, {} operations in {:.0} s:",
        nemesis.injected(),
        recorder.count(),
        clock.now().as_secs_f64()
    );
    let (operations, marks) = (recorder.take(), nemesis.marks().all());
    let bounds = bounds.times(options.patience);
    Ok(History { operations, marks, stored, healed_at, ready_at, settled_at, bounds })
}

impl Verdict {
    /// Panics of replicas, which break the promise that requests get responses.
    fn add_panics(&mut self, lines: Vec<String>) {
        for line in lines {
            self.add(Promise::Available, line);
        }
    }
}

/// Ends at Ctrl-C, and when the program is terminated.
async fn interrupted() -> io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        result = ctrl_c() => result,
        _ = terminated.recv() => Ok(()),
    }
}

fn planned(options: &Options) -> String {
    match (options.operations, options.kills) {
        (Some(operations), _) => {
            let minutes = f64::from(u32::try_from(operations).unwrap_or(u32::MAX)) / options.rate / 60.0;
            format!("{operations} operations: {minutes:.0} minutes at least")
        }
        (None, Some(kills)) => format!("{kills} kills: about {} minutes", 1 + kills / 100),
        (None, None) => format!("{} minutes", options.minutes),
    }
}

/// An overload needs a file for each client.
fn raise_open_files() {
    // If it is not allowed, some clients can't connect, and record that nothing was sent.
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

fn report_progress(recorder: Arc<Recorder>, nemesis: Arc<Nemesis>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            sleep(PROGRESS_INTERVAL).await;
            let (now, operations) = (recorder.clock.now().as_secs_f64(), recorder.count());
            println!("{now:8.2} s  {operations} operations, {} faults so far", nemesis.injected());
        }
    })
}
