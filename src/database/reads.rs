//! Reads, and which server they are asked of.
//!
//! Standbys take them in turn, as long as they have replayed what the answer must show; whatever they can't answer is
//! asked of the primary. Where there are no standbys, this is the primary's queue and nothing more.

use super::batches::{Batch, Batches, JobError};
use super::position::Since;
use super::standbys::{Servers, Standby};

/// Reads of one kind.
pub struct Reads<B: Batch> {
    primary: Batches<B>,
    standbys: Vec<Batches<B>>,
    servers: Servers,
}

impl<B: Batch> Reads<B> {
    /// Reads from `servers`, of each of which at most `capacity` wait.
    #[must_use]
    pub fn new(servers: &Servers, capacity: usize) -> Self {
        let standbys = servers.standbys().iter().map(|it| Batches::new(it.connections(), capacity));
        Self {
            primary: Batches::new(servers.primary(), capacity),
            standbys: standbys.collect(),
            servers: servers.clone(),
        }
    }

    /// The answer to `job`, which shows at least what was written `since`; unless there is no primary, and a standby
    /// answers as well as it can.
    pub async fn ask(&self, job: B::Job, since: Since) -> Result<B::Answer, JobError> {
        if self.standbys.is_empty() {
            return self.primary.ask(job).await;
        }
        if let Some(position) = since.known() {
            for (standby, reads) in self.in_turn().filter(|(standby, _)| standby.is_in_use()) {
                if let Some(answer) = standby.answer(reads.ask_standby(job.clone(), Some(position))).await {
                    return Ok(answer);
                }
            }
        }
        let done = self.primary.ask(job.clone()).await;
        let is_away = match done {
            Err(JobError::Unavailable) => true,
            Err(JobError::TimedOut | JobError::Overloaded) => !self.primary.is_there(),
            _ => false,
        };
        if !is_away {
            return done;
        }
        for (standby, reads) in self.in_turn() {
            if let Some(answer) = standby.answer(reads.ask_standby(job.clone(), None)).await {
                since.miss();
                return Ok(answer);
            }
        }
        done
    }

    /// All standbys with their queues, another one first each time.
    fn in_turn(&self) -> impl Iterator<Item = (&Standby, &Batches<B>)> {
        let count = self.standbys.len();
        let first = self.servers.next();
        (0..count).map(move |step| {
            let index = (first + step) % count;
            (&*self.servers.standbys()[index], &self.standbys[index])
        })
    }
}
