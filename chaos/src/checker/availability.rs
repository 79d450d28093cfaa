//! GETs that failed: none may, unless what it needs was out of service.
//!
//! | GET | excuses |
//! |---|---|
//! | through NGINX | PostgreSQL was down and NGINX had never sent this page of the catalogue; a worker of NGINX was killed; 503 where a replica's connections to PostgreSQL were stalled, which it learns by the timeout of a read |
//! | through a replica | that replica was down or cut off; PostgreSQL was down |
//! | both | 503 or 429 during an overload |

use std::collections::HashMap;
use std::time::Duration;

use super::History;
use super::excuses::Intervals;
use super::verdict::{Promise, Verdict};
use crate::history::{Action, Operation, Outcome, Page, Target};
use crate::marks::Effect;

/// The intervals in which GETs may fail.
struct Excuses {
    database: Intervals,
    worker: Intervals,
    stalled: Intervals,
    overload: Intervals,
    replicas: HashMap<Target, Intervals>,
    /// When NGINX first sent a page of the catalogue, which it caches.
    sent_by_nginx: HashMap<Page, Duration>,
}

pub(super) fn check(history: &History, verdict: &mut Verdict) {
    let excuses = Excuses::of(history);
    for operation in history.operations.iter().filter(|operation| operation.is_read() && !operation.is_ok()) {
        if excuses.apply(operation) {
            verdict.excused += 1;
        } else {
            verdict.add(Promise::Available, operation.to_string());
        }
    }
}

impl Excuses {
    fn of(history: &History) -> Self {
        let intervals = |applies: &dyn Fn(Effect) -> bool| Intervals::of(history, applies);
        let mut replicas = HashMap::new();
        let mut sent_by_nginx = HashMap::new();
        for operation in &history.operations {
            if let Target::Replica(number) = operation.target {
                replicas.entry(operation.target).or_insert_with(|| {
                    let own = [Effect::ReplicaOut(number), Effect::CutOff(number), Effect::Stalled(number)];
                    intervals(&move |effect| own.contains(&effect))
                });
            }
            if let (Target::Nginx, Action::Read(page @ Page::Product(_)), true) =
                (operation.target, operation.action, operation.is_ok())
            {
                let first = sent_by_nginx.entry(page).or_insert(operation.ended);
                *first = operation.ended.min(*first);
            }
        }
        Self {
            database: intervals(&|effect| effect == Effect::DatabaseDown),
            // Only the requests that the worker was forwarding are lost.
            worker: Intervals::with_aftermath(Duration::ZERO, history, |effect| {
                effect == Effect::WorkerKilled
            }),
            stalled: intervals(&|effect| matches!(effect, Effect::Stalled(_))),
            overload: intervals(&|effect| effect == Effect::Overload),
            replicas,
            sent_by_nginx,
        }
    }

    fn apply(&self, read: &Operation) -> bool {
        let overlap = |intervals: &Intervals| intervals.overlap(read.started, read.ended);
        if overlap(&self.overload) && matches!(read.outcome, Outcome::Response(429 | 503)) {
            return true;
        }
        let is_503 = matches!(read.outcome, Outcome::Response(503));
        match read.target {
            Target::Nginx => {
                overlap(&self.worker)
                    || (is_503 && overlap(&self.stalled))
                    || (overlap(&self.database) && !self.is_cached_by_nginx(read))
            }
            Target::Replica(_) | Target::Sql => {
                overlap(&self.database) || self.replicas.get(&read.target).is_some_and(overlap)
            }
        }
    }

    fn is_cached_by_nginx(&self, read: &Operation) -> bool {
        let Action::Read(page) = read.action else { return false };
        self.sent_by_nginx.get(&page).is_some_and(|sent| *sent < read.started)
    }
}
