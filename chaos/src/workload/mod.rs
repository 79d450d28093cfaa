//! The workload: clients of NGINX and of single replicas, and an editor who changes products by SQL.

mod client;
mod editor;
mod mix;
mod requests;
mod responses;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::history::{Page, Recorder, Target};
use crate::shop::{HOT_PRODUCTS, HOT_QUESTIONS, SHOPPERS};
use crate::system::System;
use client::Client;
use mix::Parents;

/// Clients for each replica: half of them send to it, half of them to NGINX.
const CLIENTS_PER_REPLICA: u8 = 4;

/// What clients share.
pub(crate) struct Workload {
    pub(crate) recorder: Arc<Recorder>,
    system: Arc<System>,
    parents: Parents,
    seed: u64,
    is_stopped: AtomicBool,
}

impl Workload {
    pub(crate) fn new(recorder: &Arc<Recorder>, system: &Arc<System>, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            recorder: Arc::clone(recorder),
            system: Arc::clone(system),
            parents: Parents::default(),
            seed,
            is_stopped: AtomicBool::new(false),
        })
    }

    /// Starts the clients, which operate at `rate` per second together until the workload is stopped.
    pub(crate) fn start(self: &Arc<Self>, rate: f64) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let replicas = &self.system.replicas;
        let clients = replicas.len() * usize::from(CLIENTS_PER_REPLICA);
        let pace = Duration::from_secs_f64(f64::from(u32::try_from(clients).unwrap_or(u32::MAX)) / rate);
        for replica in replicas {
            for number in 0..CLIENTS_PER_REPLICA {
                let target = if number % 2 == 0 { Target::Nginx } else { Target::Replica(replica.number) };
                tasks.spawn(Client::new(self, target).operate(pace));
            }
        }
        tasks.spawn(editor::rename_products(Arc::clone(self)));
        tasks
    }

    /// Starts clients that post through NGINX as fast as they are answered, until `is_over`.
    pub(crate) fn overload(
        self: &Arc<Self>,
        clients: usize,
        is_keyed: bool,
        is_over: impl Fn() -> bool + Clone + Send + 'static,
    ) -> JoinSet<()> {
        (0..clients).map(|_| Client::new(self, Target::Nginx).post(is_keyed, is_over.clone())).collect()
    }

    /// Lets the clients end after their current operations.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    fn is_running(&self) -> bool {
        !self.is_stopped.load(Ordering::Relaxed)
    }

    /// Reads every page whose counters are used all the time, from every replica and NGINX.
    pub(crate) async fn read_everything(self: &Arc<Self>) {
        for target in self.system.targets() {
            let mut client = Client::new(self, target);
            for product in 1..=HOT_PRODUCTS {
                for page in [Page::Reviews(product), Page::Questions(product), Page::Product(product)] {
                    client.read(page).await;
                }
            }
            for question in 1..=HOT_PRODUCTS * HOT_QUESTIONS {
                client.read(Page::Answers(question)).await;
            }
            for shopper in 1..=SHOPPERS {
                client.read(Page::Cart(shopper)).await;
            }
            for parent in self.parents.latest() {
                for page in [Page::ReviewTotals(parent), Page::QuestionList(parent), Page::AnswerList(parent)]
                {
                    client.read(page).await;
                }
            }
        }
    }
}
