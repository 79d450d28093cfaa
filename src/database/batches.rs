//! Many jobs, few queries.
//!
//! A job waits in a queue; a connection that is free takes all that waits there and does it with one query. A job that
//! comes alone is done alone at once: it never waits for company. Under load the batches grow by themselves, and with
//! them what a connection carries: about 20 µs of CPU a read, app and PostgreSQL together, against 48 to 75 µs for a
//! query each through a pool.
//!
//! The queue is bounded, so that what can't be done in time is refused at once.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::connections::{Connections, Fate, Session, Work};
use super::metrics::JobMetrics;
use super::position::{self, Position};

/// A kind of job, and how a batch of them becomes a query.
pub trait Batch: Send + Sync + 'static {
    /// What one caller wants done.
    type Job: Clone + Send + Sync + 'static;
    /// What that caller is answered.
    type Answer: Send + 'static;
    /// Whether a job can be done twice without harm. A lost connection then leaves it to another one; all of them can be
    /// lost at one time, and not know yet. (What the database has taken back because of others who wrote at the same time
    /// is done again in any case, once.)
    const IS_REPEATABLE: bool;
    /// The most jobs that are done together. A batch fails together, too.
    const LIMIT: usize = 64;

    /// Does all of `jobs`, and answers them in their order.
    fn run(
        connection: &mut PgConnection,
        jobs: &[Self::Job],
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Answer>>> + Send;
}

/// Why a job has no answer. Cloned to all who waited for it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JobError {
    /// More jobs wait than may.
    #[error("too much waits for the database")]
    Overloaded,
    /// There is no connection.
    #[error("there is no connection to the database")]
    Unavailable,
    /// The database took too long.
    #[error("the database did not answer in time")]
    TimedOut,
    /// A standby has not replayed what the answer must show.
    #[error("the standby has not replayed what is asked for")]
    Behind,
    /// The query failed.
    #[error("a query failed")]
    Failed(#[source] Arc<sqlx::Error>),
}

/// The jobs of one kind. Clones share their queue.
pub struct Batches<B: Batch> {
    queue: Arc<Queue<B>>,
    connections: Connections,
}

impl<B: Batch> Clone for Batches<B> {
    fn clone(&self) -> Self {
        Self { queue: Arc::clone(&self.queue), connections: self.connections.clone() }
    }
}

impl<B: Batch> Batches<B> {
    /// Jobs for `connections`, of which at most `capacity` wait.
    #[must_use]
    pub fn new(connections: &Connections, capacity: usize) -> Self {
        let queue = Queue {
            waiting: Mutex::default(),
            capacity,
            limit: connections.limit(),
            repeats: connections.count(),
            metrics: connections.metrics().jobs::<B>(),
        };
        Self { queue: Arc::new(queue), connections: connections.clone() }
    }

    /// Has `job` done.
    pub async fn ask(&self, job: B::Job) -> Result<B::Answer, JobError> {
        self.wait_for(job, None).await.inspect_err(|err| self.queue.metrics.unanswered(err))
    }

    /// Has `job` done by a standby, if that has replayed the log up to `since`. There are other servers to ask: so it is
    /// not tried again, and is not counted among the jobs that nobody did.
    pub(super) async fn ask_standby(
        &self,
        job: B::Job,
        since: Option<Position>,
    ) -> Result<B::Answer, JobError> {
        self.wait_for(job, since).await
    }

    /// Whether there is a connection.
    pub(super) fn is_there(&self) -> bool {
        self.connections.is_there()
    }

    async fn wait_for(&self, job: B::Job, since: Option<Position>) -> Result<B::Answer, JobError> {
        if !self.connections.is_worth_waiting() {
            return Err(JobError::Unavailable);
        }
        let answer = self.queue.push(job, since)?;
        self.connections.submit(Arc::clone(&self.queue) as Arc<dyn Work>);
        match timeout(self.connections.limit(), answer).await {
            Ok(answer) => answer.unwrap_or(Err(JobError::Unavailable)),
            Err(_) => Err(JobError::TimedOut),
        }
    }
}

type Reply<B> = oneshot::Sender<Result<<B as Batch>::Answer, JobError>>;

struct Waiting<B: Batch> {
    job: B::Job,
    /// What a standby must have replayed.
    since: Option<Position>,
    reply: Reply<B>,
    repeats: usize,
}

impl<B: Batch> Waiting<B> {
    fn wants_more_than(&self, replayed: Position) -> bool {
        self.since.is_some_and(|since| !replayed.includes(since))
    }
}

struct Queue<B: Batch> {
    waiting: Mutex<VecDeque<Waiting<B>>>,
    capacity: usize,
    limit: Duration,
    repeats: usize,
    metrics: JobMetrics,
}

impl<B: Batch> Queue<B> {
    fn push(
        &self,
        job: B::Job,
        since: Option<Position>,
    ) -> Result<oneshot::Receiver<Result<B::Answer, JobError>>, JobError> {
        let (reply, answer) = oneshot::channel();
        let mut waiting = self.lock();
        if waiting.len() >= self.capacity {
            return Err(JobError::Overloaded);
        }
        waiting.push_back(Waiting { job, since, reply, repeats: 0 });
        self.metrics.waiting.inc();
        Ok(answer)
    }

    /// What waits, up to the limit of a batch, without those whose callers have gone.
    fn take(&self) -> Vec<Waiting<B>> {
        let mut waiting = self.lock();
        let mut batch = Vec::with_capacity(waiting.len().min(B::LIMIT));
        while batch.len() < B::LIMIT
            && let Some(next) = waiting.pop_front()
        {
            self.metrics.waiting.dec();
            if !next.reply.is_closed() {
                batch.push(next);
            }
        }
        batch
    }

    /// What was not done goes back to the head of the queue, unless it was there so often.
    fn give_back(&self, batch: Vec<Waiting<B>>, limit: impl Fn(&Waiting<B>) -> usize) {
        for mut job in batch.into_iter().rev() {
            if job.repeats < limit(&job) {
                job.repeats += 1;
                self.lock().push_front(job);
                self.metrics.waiting.inc();
            } else {
                let _ = job.reply.send(Err(JobError::Unavailable));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting<B>>> {
        self.waiting.lock().expect("nothing that holds the lock can panic")
    }
}

impl<B: Batch> Work for Queue<B> {
    fn run<'a>(&'a self, session: &'a mut Session) -> Pin<Box<dyn Future<Output = Fate> + Send + 'a>> {
        Box::pin(async move {
            let mut batch = self.take();
            if batch.is_empty() {
                return Fate::Keep;
            }
            let started = Instant::now();
            let done = timeout(self.limit, answer(session, &mut batch)).await;
            self.metrics.batch(batch.len(), started.elapsed());
            let (error, fate) = match done {
                Ok(Ok(answers)) => {
                    for (waiting, answer) in batch.into_iter().zip(answers) {
                        // Who asked may have gone away meanwhile.
                        let _ = waiting.reply.send(Ok(answer));
                    }
                    return Fate::Keep;
                }
                Ok(Err(err)) => match Fault::of(&err) {
                    Fault::Query => (JobError::Failed(Arc::new(err)), Fate::Keep),
                    Fault::Time => (JobError::TimedOut, Fate::Drop),
                    Fault::Others => {
                        self.give_back(batch, |_| 1);
                        return self.run(session).await;
                    }
                    Fault::Role => {
                        self.give_back(batch, |_| self.repeats);
                        return Fate::Drop;
                    }
                    Fault::Connection => {
                        let can_repeat = |job: &Waiting<B>| B::IS_REPEATABLE && job.since.is_none();
                        self.give_back(batch, |job| if can_repeat(job) { self.repeats } else { 0 });
                        return Fate::Drop;
                    }
                },
                Err(_) => (JobError::TimedOut, Fate::Drop),
            };
            refuse(batch, &error);
            fate
        })
    }

    fn refuse(&self) {
        refuse(self.lock().drain(..).inspect(|_| self.metrics.waiting.dec()), &JobError::Unavailable);
    }
}

/// The answers to the jobs of a batch, without those that want more than the server has replayed: they are told so.
async fn answer<B: Batch>(
    session: &mut Session,
    batch: &mut Vec<Waiting<B>>,
) -> sqlx::Result<Vec<B::Answer>> {
    if batch.iter().any(|job| job.wants_more_than(session.replayed)) {
        // Asked before the snapshot of the reads that follow is taken, which so has at least that.
        session.replayed = position::replayed(&mut session.connection).await?;
        refuse(batch.extract_if(.., |job| job.wants_more_than(session.replayed)), &JobError::Behind);
    }
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let jobs: Vec<B::Job> = batch.iter().map(|waiting| waiting.job.clone()).collect();
    B::run(&mut session.connection, &jobs).await
}

fn refuse<B: Batch>(jobs: impl IntoIterator<Item = Waiting<B>>, error: &JobError) {
    for waiting in jobs {
        let _ = waiting.reply.send(Err(error.clone()));
    }
}

/// What an error of a query tells to be at fault.
enum Fault {
    Query,
    Time,
    /// Who wrote at the same time: all of the transaction was taken back.
    Others,
    /// The server became a standby, or never was more. Nothing was done.
    Role,
    Connection,
}

impl Fault {
    fn of(err: &sqlx::Error) -> Self {
        match err {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => Self::Connection,
            sqlx::Error::Database(cause) => match cause.code().as_deref() {
                Some("57014") => Self::Time,
                Some("40001" | "40P01") => Self::Others,
                Some("25006") => Self::Role,
                // The server shuts down, was shot, starts up; or the link broke.
                Some(code) if code.starts_with("57P") || code.starts_with("08") => Self::Connection,
                _ => Self::Query,
            },
            _ => Self::Query,
        }
    }
}
