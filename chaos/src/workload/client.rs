//! A client: one operation after the other, all of which it records.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::time::{MissedTickBehavior, sleep};

use super::mix::{self, Choice};
use super::{Workload, requests, responses};
use crate::connection::{Connection, HttpRequest, Reply};
use crate::history::{Action, Counter, Operation, Outcome, Page, Target, Write};

/// How often a POST with an `Idempotency-Key` is sent at most.
const ATTEMPTS: usize = 6;
/// Between two of these attempts.
const BACKOFF: Duration = Duration::from_millis(200);

/// A client of one server.
pub(super) struct Client {
    number: u32,
    target: Target,
    connection: Connection,
    random: Rng,
    workload: Arc<Workload>,
}

impl Client {
    pub(super) fn new(workload: &Arc<Workload>, target: Target) -> Self {
        let number = workload.recorder.client();
        let connection = Connection::to(workload.system.address(target));
        let random = Rng::with_seed(workload.seed.wrapping_mul(1_000_003).wrapping_add(number.into()));
        Self { number, target, connection, random, workload: Arc::clone(workload) }
    }

    /// Operates at random, at most once in an `interval`, until the workload is stopped.
    pub(super) async fn operate(mut self, interval: Duration) {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next = None;
        while self.workload.is_running() {
            ticks.tick().await;
            let choice = next.take().unwrap_or_else(|| mix::choose(&mut self.random, &self.workload.parents));
            match choice {
                Choice::Read(page) => self.read(page).await,
                Choice::Increment { counter, is_keyed } => {
                    self.increment(counter, is_keyed).await;
                    // Often the client looks at what it has written.
                    next = mix::page_of(counter).filter(|_| self.random.bool()).map(Choice::Read);
                }
            }
        }
    }

    /// Posts until `is_over`, as fast as it is answered.
    pub(super) async fn post(mut self, always_keyed: bool, is_over: impl Fn() -> bool + Send) {
        while self.workload.is_running() && !is_over() {
            let choice = mix::creation(&mut self.random, &self.workload.parents);
            if let Choice::Increment { counter, is_keyed } = choice {
                self.increment(counter, is_keyed || always_keyed).await;
            }
        }
    }

    /// Reads a page.
    pub(super) async fn read(&mut self, page: Page) {
        self.send(Action::Read(page), requests::read(page)).await;
    }

    /// Writes once, or with an `Idempotency-Key` until it is known whether it was done. A rejected write is sent again in
    /// one of two cases, so that some of them remain rejected.
    async fn increment(&mut self, counter: Counter, is_keyed: bool) {
        let write = Write { id: self.workload.recorder.write_id(), counter, is_keyed };
        for _ in 0..ATTEMPTS {
            let outcome = self.send(Action::Write(write), requests::write(write, self.workload.seed)).await;
            let is_known = match outcome {
                Outcome::Response(409 | 502 | 504) | Outcome::Lost(_) => false,
                Outcome::Response(503) | Outcome::NotSent => self.random.bool(),
                Outcome::Response(_) => true,
            };
            if is_known || !is_keyed {
                return;
            }
            sleep(BACKOFF).await;
        }
    }

    /// Sends a request, and records the operation.
    async fn send(&mut self, action: Action, request: HttpRequest) -> Outcome {
        let clock = self.workload.recorder.clock;
        let started = clock.now();
        let reply = self.connection.send(request).await;
        let ended = clock.now();
        let (outcome, mut flaw, mut values) = match &reply {
            Reply::Response(response) => {
                (Outcome::Response(response.status().as_u16()), responses::flaw(response), Vec::new())
            }
            Reply::Lost(reason) => (Outcome::Lost(reason), None, Vec::new()),
            Reply::NotSent => (Outcome::NotSent, None, Vec::new()),
        };
        if let (Action::Read(page), Reply::Response(response)) = (action, &reply)
            && response.status() == 200
        {
            match responses::values(page, response.body()) {
                Some(shown) => values = shown,
                None => flaw = Some("another form of the page"),
            }
        }
        let (client, target, values) = (self.number, self.target, values.into());
        self.workload.recorder.record(Operation {
            client,
            target,
            action,
            started,
            ended,
            outcome,
            flaw,
            values,
        });
        outcome
    }
}
