//! Creations: applied once however often the request is sent; those that wait together are committed together.
//!
//! A client that does not know whether its POST arrived sends it again with the same `Idempotency-Key`. The response to the
//! first one is stored in the same transaction, for 24 hours and all replicas, and is sent again.

use std::marker::PhantomData;

use sqlx::{Connection as _, PgConnection};

use super::batch::Batch;

/// Something that can be created.
pub trait Creation: Clone + Send + Sync + 'static {
    /// The ids that the handler needs besides the response: what to invalidate, and the location.
    type Ids: Into<Vec<i64>> + TryFrom<Vec<i64>> + Send;
    /// The label `query` of the metrics.
    const NAME: &'static str;

    /// A number of the rows that it locks ([`Batch::locks`]).
    fn locks(&self) -> Option<i64>;

    /// Creates it, within a transaction.
    fn create(
        &self,
        transaction: &mut PgConnection,
    ) -> impl Future<Output = sqlx::Result<Created<Self::Ids>>> + Send;
}

/// What was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created<I> {
    /// Its ids.
    pub ids: I,
    /// It, as its list shows it: JSON.
    pub body: String,
}

/// What makes two requests the same.
#[derive(Clone, Debug)]
pub struct IdempotentRequest {
    /// Identifies the client's key among those of all callers: 64 hexadecimal digits.
    pub key: String,
    /// The key as the client sent it, up to 255 characters. Version 0.1 stored it like that.
    pub unscoped_key: String,
    /// SHA-256 of method, path, shopper and body.
    pub fingerprint: [u8; 32],
}

/// A creation that a client requests.
#[derive(Clone, Debug)]
pub struct CreationRequest<C> {
    /// What to create.
    pub new: C,
    /// What makes the request the same as another, if the client sent a key.
    pub idempotency: Option<IdempotentRequest>,
}

/// The outcome of a creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<I> {
    /// It was created, now or by the first request with the key.
    Created(Created<I>),
    /// The key was used for another request.
    KeyReused,
    /// The first request with the key is still in progress.
    InProgress,
}

/// Runs creations of one kind. Those of a batch are one transaction, and thus wait for one commit.
pub struct Creations<C>(PhantomData<C>);

impl<C: Creation> Batch for Creations<C> {
    type Job = CreationRequest<C>;
    type Output = Outcome<C::Ids>;
    const NAME: &'static str = C::NAME;
    const MAX_JOBS: usize = 16;
    const IS_WRITE: bool = true;

    fn is_idempotent(request: &CreationRequest<C>) -> bool {
        request.idempotency.is_some()
    }

    fn locks(request: &CreationRequest<C>) -> Option<i64> {
        request.new.locks()
    }

    async fn run(
        connection: &mut PgConnection,
        requests: &[CreationRequest<C>],
    ) -> sqlx::Result<Vec<Self::Output>> {
        let mut transaction = connection.begin().await?;
        let outcomes = attempt_all(&mut transaction, requests).await;
        match outcomes {
            Ok(_) => transaction.commit().await?,
            // Explicitly: dropped, it would keep its locks until the connection is used again.
            Err(_) => transaction.rollback().await?,
        }
        outcomes
    }
}

async fn attempt_all<C: Creation>(
    transaction: &mut PgConnection,
    requests: &[CreationRequest<C>],
) -> sqlx::Result<Vec<Outcome<C::Ids>>> {
    // Every replica locks rows in this order, so that concurrent transactions can't deadlock.
    let mut order: Vec<usize> = (0..requests.len()).collect();
    order.sort_by_key(|index| requests[*index].new.locks());
    let mut outcomes = Vec::with_capacity(requests.len());
    for index in order {
        outcomes.push((index, attempt(transaction, &requests[index]).await?));
    }
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

async fn attempt<C: Creation>(
    transaction: &mut PgConnection,
    CreationRequest { new, idempotency }: &CreationRequest<C>,
) -> sqlx::Result<Outcome<C::Ids>> {
    let Some(request) = idempotency else { return Ok(Outcome::Created(new.create(transaction).await?)) };
    if let Some(outcome) = find_outcome(transaction, request).await? {
        return Ok(outcome);
    }
    let Created { ids, body } = new.create(transaction).await?;
    let ids: Vec<i64> = ids.into();
    store(transaction, request, &ids, &body).await?;
    Ok(Outcome::Created(Created { ids: typed(ids)?, body }))
}

/// The first of two numbers of an advisory lock: the locks of keys, apart from all that have one number, as the loader's.
const LOCKS_OF_KEYS: i32 = 1;

/// The outcome of an earlier request with this key; None if this is the first, which then holds the key until its
/// transaction ends.
async fn find_outcome<I: TryFrom<Vec<i64>>>(
    transaction: &mut PgConnection,
    request: &IdempotentRequest,
) -> sqlx::Result<Option<Outcome<I>>> {
    let is_locked = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock($1, hashtext($2)) as "is_locked!""#,
        LOCKS_OF_KEYS,
        request.key,
    )
    .fetch_one(&mut *transaction)
    .await?;
    if !is_locked {
        return Ok(Some(Outcome::InProgress));
    }
    let stored = sqlx::query!(
        r#"
        select
            fingerprint,
            ids,
            body
        from idempotency_keys
        where created_at > now() - interval '24 hours'
            and (
                key = $1
                -- Stored by version 0.1, perhaps for another caller. Then a second fingerprint follows the first.
                or (key = $2 and position($3 in fingerprint) = 1)
            )
        "#,
        request.key,
        request.unscoped_key,
        &request.fingerprint,
    )
    .fetch_optional(transaction)
    .await?;
    let Some(stored) = stored else { return Ok(None) };
    if !stored.fingerprint.starts_with(&request.fingerprint) {
        return Ok(Some(Outcome::KeyReused));
    }
    Ok(Some(Outcome::Created(Created { ids: typed(stored.ids)?, body: stored.body })))
}

async fn store(
    transaction: &mut PgConnection,
    request: &IdempotentRequest,
    ids: &[i64],
    body: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into idempotency_keys (key, fingerprint, ids, body)
        values ($1, $2, $3, $4)
        -- A key that is older than a day.
        on conflict (key) do update
        set created_at = now(),
            fingerprint = excluded.fingerprint,
            ids = excluded.ids,
            body = excluded.body
        "#,
        request.key,
        &request.fingerprint,
        ids,
        body,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// The ids of a creation, of the numbers that are stored.
fn typed<I: TryFrom<Vec<i64>>>(ids: Vec<i64>) -> sqlx::Result<I> {
    let count = ids.len();
    I::try_from(ids)
        .map_err(|_| sqlx::Error::Decode(format!("{count} ids are not those of the creation").into()))
}
