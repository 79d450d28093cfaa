//! The queue of one query: which jobs wait, which of them make the next batch, and which are rejected.
//!
//! Overload costs the excess only. A job is rejected when it comes, if the jobs before it are expected to take too long, and
//! it is never begun once it has waited too long. So nothing is done for callers that get an error, and what the database
//! can do goes to those that get an answer.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::batch::Batch;
use super::error::JobError;
use super::position::WalPosition;
use super::timeouts::Timeouts;

/// Backoff after a lock timeout, in which the rows of the same number are not tried again.
pub(super) const LOCK_BACKOFF: Duration = Duration::from_millis(100);
/// The weight of the last batch in the average.
const WEIGHT: f64 = 0.25;

/// A job that waits.
pub(super) struct QueuedJob<B: Batch> {
    id: u64,
    pub(super) job: B::Job,
    /// What a standby must have replayed.
    pub(super) minimum: Option<WalPosition>,
    output: oneshot::Sender<Result<B::Output, JobError>>,
    queued_at: Instant,
    pub(super) requeues: usize,
    /// Whether it makes a batch of its own, since one with others failed, or its rows were locked.
    pub(super) is_alone: bool,
}

impl<B: Batch> QueuedJob<B> {
    pub(super) fn requires_more_than(&self, replayed: WalPosition) -> bool {
        self.minimum.is_some_and(|minimum| !replayed.includes(minimum))
    }

    pub(super) fn end(self, result: Result<B::Output, JobError>) {
        // The caller may have gone meanwhile.
        let _ = self.output.send(result);
    }
}

/// What becomes of a waiting job when a batch is made.
enum Fate {
    /// It joins the batch.
    Join,
    /// It is the batch.
    Alone,
    /// It waits on.
    Wait,
    /// Its caller has gone.
    Discard,
    /// It has waited too long.
    Reject,
}

pub(super) struct Queue<B: Batch> {
    jobs: VecDeque<QueuedJob<B>>,
    next_id: u64,
    capacity: usize,
    timeouts: Timeouts,
    /// How many batches run at most, and how many run or are about to.
    max_running: usize,
    running: usize,
    /// The shards of running batches. Jobs that lock the same rows are in one shard, and each batch has jobs of one: so
    /// batches do not wait for each other.
    locked: HashSet<u64>,
    /// The numbers of rows for which a lock timeout has occurred, and when they are tried again.
    lock_timeouts: HashMap<Option<i64>, Instant>,
    /// The most jobs of a batch, which are fewer where jobs take long: each batch must end in time.
    max_jobs: usize,
    /// How long batches took: a moving average, in seconds.
    batch_s: f64,
}

impl<B: Batch> Queue<B> {
    pub(super) fn new(capacity: usize, max_running: usize, timeouts: Timeouts) -> Self {
        Self {
            jobs: VecDeque::new(),
            next_id: 0,
            capacity,
            timeouts,
            max_running,
            running: 0,
            locked: HashSet::new(),
            lock_timeouts: HashMap::new(),
            max_jobs: B::MAX_JOBS,
            batch_s: 0.0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Adds a job, unless too many wait. Returns its id, and where its result will arrive.
    #[expect(clippy::type_complexity, reason = "each part is used once")]
    pub(super) fn push(
        &mut self,
        job: B::Job,
        minimum: Option<WalPosition>,
    ) -> Result<(u64, oneshot::Receiver<Result<B::Output, JobError>>), JobError> {
        if self.jobs.len() >= self.capacity
            || self.expected_wait() > self.timeouts.expected_wait.as_secs_f64()
        {
            return Err(JobError::Overloaded);
        }
        let (output, result) = oneshot::channel();
        let id = self.next_id;
        self.next_id += 1;
        let queued_at = Instant::now();
        self.jobs.push_back(QueuedJob { id, job, minimum, output, queued_at, requeues: 0, is_alone: false });
        Ok((id, result))
    }

    /// Removes a job that was not begun; false if it was.
    pub(super) fn withdraw(&mut self, id: u64) -> bool {
        let place = self.jobs.iter().position(|job| job.id == id);
        place.and_then(|place| self.jobs.remove(place)).is_some()
    }

    /// Whether another batch may be begun. If so, it counts as running.
    pub(super) fn begin(&mut self) -> bool {
        let may_begin = !self.jobs.is_empty() && self.running < self.max_running;
        self.running += usize::from(may_begin);
        may_begin
    }

    /// A batch has ended, and what was left of it is back in the queue. Returns whether another one is to be begun, which
    /// counts as running.
    pub(super) fn end(&mut self) -> bool {
        self.running -= 1;
        self.begin()
    }

    /// The next batch. If no job can be run now it is empty, and counts as running no more.
    pub(super) fn pop_batch(&mut self) -> Vec<QueuedJob<B>> {
        let mut batch = Vec::with_capacity(self.jobs.len().min(self.max_jobs));
        let mut waiting = VecDeque::new();
        let mut shard = None;
        while batch.len() < self.max_jobs
            && let Some(mut job) = self.jobs.pop_front()
        {
            match self.fate(&job, batch.is_empty(), shard) {
                Fate::Join => {
                    shard = shard.or(self.shard(&job));
                    batch.push(job);
                }
                Fate::Alone => {
                    shard = self.shard(&job);
                    job.is_alone = true;
                    batch.push(job);
                    break;
                }
                Fate::Wait => waiting.push_back(job),
                Fate::Discard => {}
                Fate::Reject => job.end(Err(JobError::TimedOut)),
            }
        }
        while let Some(job) = waiting.pop_back() {
            self.jobs.push_front(job);
        }
        self.locked.extend(shard);
        self.running -= usize::from(batch.is_empty());
        batch
    }

    fn shard(&self, queued: &QueuedJob<B>) -> Option<u64> {
        Some(B::locks(&queued.job)?.unsigned_abs() % self.max_running as u64)
    }

    /// `batch` is the shard of the jobs that make the batch already.
    fn fate(&mut self, queued: &QueuedJob<B>, is_first: bool, batch: Option<u64>) -> Fate {
        if queued.output.is_closed() {
            return Fate::Discard;
        }
        if queued.queued_at.elapsed() > self.timeouts.wait {
            return Fate::Reject;
        }
        let shard = self.shard(queued);
        let is_other = shard.is_some() && batch.is_some() && shard != batch;
        if is_other || shard.is_some_and(|shard| self.locked.contains(&shard)) {
            return Fate::Wait;
        }
        let locks = B::locks(&queued.job);
        let retry_at = self.lock_timeouts.get_mut(&locks);
        match retry_at {
            Some(retry_at) if is_first && *retry_at <= Instant::now() => {
                // Meanwhile no other job waits for the same lock.
                *retry_at = Instant::now() + self.timeouts.run;
                Fate::Alone
            }
            Some(_) => Fate::Wait,
            None if queued.is_alone && is_first => Fate::Alone,
            None if queued.is_alone => Fate::Wait,
            None => Fate::Join,
        }
    }

    /// How long a job that comes now will wait, in seconds.
    fn expected_wait(&self) -> f64 {
        let batches = self.jobs.len() / self.max_jobs / self.max_running;
        f64::from(u32::try_from(batches).unwrap_or(u32::MAX)) * self.batch_s
    }

    /// These jobs run no more. Unless they ended by a lock timeout, the rows that they lock are available.
    pub(super) fn ran(&mut self, batch: &[QueuedJob<B>], is_lock_timeout: bool) {
        if let Some(shard) = batch.iter().find_map(|queued| self.shard(queued)) {
            self.locked.remove(&shard);
        }
        if !is_lock_timeout && !self.lock_timeouts.is_empty() {
            for queued in batch {
                self.lock_timeouts.remove(&B::locks(&queued.job));
            }
        }
    }

    /// A batch of so many jobs took this time on its connection.
    pub(super) fn took(&mut self, jobs: usize, elapsed: Duration) {
        let (elapsed, expected) = (elapsed.as_secs_f64(), self.timeouts.expected_run.as_secs_f64());
        self.batch_s += WEIGHT * (elapsed - self.batch_s);
        if elapsed < expected / 2.0 {
            self.max_jobs = (self.max_jobs * 2).min(B::MAX_JOBS);
        } else if elapsed > expected && jobs > 1 {
            // A lone job says nothing of the others.
            self.max_jobs = fraction(jobs, expected / elapsed).max(1);
        }
    }

    /// A lock timeout has occurred for this job, alone.
    pub(super) fn lock_timed_out(&mut self, queued: &QueuedJob<B>) {
        let now = Instant::now();
        // Those for which no job came any more.
        self.lock_timeouts.retain(|_, retry_at| *retry_at + self.timeouts.wait > now);
        self.lock_timeouts.insert(B::locks(&queued.job), now + LOCK_BACKOFF);
    }

    /// Puts jobs back at the head, in their order, where they have time left.
    pub(super) fn requeue(&mut self, batch: Vec<QueuedJob<B>>) {
        for queued in batch.into_iter().rev() {
            if queued.queued_at.elapsed() > self.timeouts.wait {
                queued.end(Err(JobError::TimedOut));
            } else {
                self.jobs.push_front(queued);
            }
        }
    }

    /// Puts the jobs of a failed batch back at the head, each to be a batch of its own.
    pub(super) fn split(&mut self, mut batch: Vec<QueuedJob<B>>) {
        for queued in &mut batch {
            queued.is_alone = true;
        }
        self.requeue(batch);
    }

    /// Takes all jobs: the batch that was begun has no connection.
    pub(super) fn abort(&mut self) -> Vec<QueuedJob<B>> {
        self.running -= 1;
        self.jobs.drain(..).collect()
    }
}

/// This fraction of a number, which is less than one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is positive, and not larger than `of`"
)]
fn fraction(of: usize, fraction: f64) -> usize {
    (f64::from(u32::try_from(of).unwrap_or(u32::MAX)) * fraction) as usize
}
