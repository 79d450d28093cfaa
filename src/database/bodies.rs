//! Queries for bodies of responses, whose size is limited by the database: what exceeds the limit is not sent to this
//! process at all.

use std::marker::PhantomData;

use sqlx::{Connection as _, PgConnection};

use super::batch::Batch;
use super::large_bodies::{LARGE_BYTES, MAX_BYTES};

/// A query for bodies.
pub trait BodyQuery: Send + Sync + 'static {
    /// What one caller wants.
    type Job: Clone + Send + Sync + 'static;
    /// What that caller gets.
    type Output: Bounded + Send + 'static;
    /// The label `query` of the metrics.
    const NAME: &'static str;
    /// The most jobs of one batch.
    const MAX_JOBS: usize = 64;

    /// The most results that the body of a job can have.
    #[must_use]
    fn results(_: &Self::Job) -> u64 {
        1
    }

    /// Runs all of `jobs`, and returns their outputs in the same order. Instead of a body of more than `max_bytes` the
    /// query returns an empty one.
    fn run(
        connection: &mut PgConnection,
        jobs: &[Self::Job],
        max_bytes: i32,
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Output>>> + Send;
}

/// An output with a body.
pub trait Bounded {
    /// Whether the body exceeds the limit of the query, and is empty for that reason.
    fn exceeds_limit(&self) -> bool;
}

impl Bounded for String {
    fn exceeds_limit(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Bounded> Bounded for Option<T> {
    fn exceeds_limit(&self) -> bool {
        self.as_ref().is_some_and(T::exceeds_limit)
    }
}

/// Bodies of few results.
pub(super) struct Short<Q>(PhantomData<Q>);

/// Bodies of many results. They take longer, so that a batch has fewer of them.
pub(super) struct Long<Q>(PhantomData<Q>);

/// Large bodies: one at a time in the whole process ([`large_bodies::turn`](super::large_bodies::turn)).
pub(super) struct Large<Q>(PhantomData<Q>);

/// The most results of a body that counts as short.
pub(super) const SHORT_RESULTS: u64 = 100;

impl<Q: BodyQuery> Batch for Short<Q> {
    type Job = Q::Job;
    type Output = Q::Output;
    const NAME: &'static str = Q::NAME;
    const MAX_JOBS: usize = Q::MAX_JOBS;
    const IS_WRITE: bool = false;

    async fn run(connection: &mut PgConnection, jobs: &[Q::Job]) -> sqlx::Result<Vec<Q::Output>> {
        Q::run(connection, jobs, bytes(LARGE_BYTES)).await
    }
}

impl<Q: BodyQuery> Batch for Long<Q> {
    type Job = Q::Job;
    type Output = Q::Output;
    const NAME: &'static str = Q::NAME;
    const MAX_JOBS: usize = if Q::MAX_JOBS < 8 { Q::MAX_JOBS } else { 8 };
    const IS_WRITE: bool = false;

    fn max_running(connections: usize) -> usize {
        connections.div_ceil(2)
    }

    async fn run(connection: &mut PgConnection, jobs: &[Q::Job]) -> sqlx::Result<Vec<Q::Output>> {
        Q::run(connection, jobs, bytes(LARGE_BYTES)).await
    }
}

impl<Q: BodyQuery> Batch for Large<Q> {
    type Job = Q::Job;
    type Output = Q::Output;
    const NAME: &'static str = Q::NAME;
    const IS_WRITE: bool = false;

    async fn run(connection: &mut PgConnection, jobs: &[Q::Job]) -> sqlx::Result<Vec<Q::Output>> {
        let bodies = Q::run(connection, jobs, bytes(MAX_BYTES)).await;
        // Otherwise the connection keeps a buffer of that size.
        connection.shrink_buffers();
        bodies
    }
}

fn bytes(limit: usize) -> i32 {
    i32::try_from(limit).expect("limits are some megabytes")
}
