//! Creations: one transaction each, and applied once however often the request is sent.
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
    /// The client's key, up to 255 characters.
    pub key: String,
    /// SHA-256 of method, path, shopper and body.
    pub fingerprint: [u8; 32],
    /// The same without the shopper, for a request that starts a session. Sent again without the cookie of the first
    /// response, it is another shopper's: it is applied again, since the first one's cart is nobody else's.
    pub sessionless_fingerprint: Option<[u8; 32]>,
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

/// Runs creations of one kind, each in a transaction of its own: one that fails must not undo another.
pub struct Creations<C>(PhantomData<C>);

impl<C: Creation> Batch for Creations<C> {
    type Job = CreationRequest<C>;
    type Output = Outcome<C::Ids>;
    const NAME: &'static str = C::NAME;
    const IS_IDEMPOTENT: bool = false;
    const MAX_JOBS: usize = 1;

    async fn run(
        connection: &mut PgConnection,
        requests: &[CreationRequest<C>],
    ) -> sqlx::Result<Vec<Self::Output>> {
        let mut outcomes = Vec::with_capacity(requests.len());
        for request in requests {
            outcomes.push(create(connection, request).await?);
        }
        Ok(outcomes)
    }
}

async fn create<C: Creation>(
    connection: &mut PgConnection,
    request: &CreationRequest<C>,
) -> sqlx::Result<Outcome<C::Ids>> {
    let mut transaction = connection.begin().await?;
    let outcome = attempt(&mut transaction, request).await;
    match outcome {
        Ok(_) => transaction.commit().await?,
        // Explicitly: dropped, it would keep its locks until the connection is used again.
        Err(_) => transaction.rollback().await?,
    }
    outcome
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

/// The outcome of an earlier request with this key; None if this is the first, which then holds the key until its
/// transaction ends.
async fn find_outcome<I: TryFrom<Vec<i64>>>(
    transaction: &mut PgConnection,
    request: &IdempotentRequest,
) -> sqlx::Result<Option<Outcome<I>>> {
    let is_locked = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "is_locked!""#,
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
        where key = $1 and created_at > now() - interval '24 hours'
        "#,
        request.key,
    )
    .fetch_optional(transaction)
    .await?;
    let Some(stored) = stored else { return Ok(None) };
    let fingerprint = request.sessionless_fingerprint.unwrap_or(request.fingerprint);
    if !stored.fingerprint.chunks(fingerprint.len()).any(|it| it == fingerprint) {
        return Ok(Some(Outcome::KeyReused));
    }
    if request.sessionless_fingerprint.is_some() {
        return Ok(None);
    }
    Ok(Some(Outcome::Created(Created { ids: typed(stored.ids)?, body: stored.body })))
}

async fn store(
    transaction: &mut PgConnection,
    request: &IdempotentRequest,
    ids: &[i64],
    body: &str,
) -> sqlx::Result<()> {
    let sessionless = request.sessionless_fingerprint.as_ref().map_or(&[][..], |it| it);
    sqlx::query!(
        r#"
        insert into idempotency_keys (key, fingerprint, ids, body)
        values ($1, $2, $3, $4)
        -- A key that is older than a day, or another shopper's.
        on conflict (key) do update
        set created_at = now(),
            fingerprint = excluded.fingerprint,
            ids = excluded.ids,
            body = excluded.body
        "#,
        request.key,
        [&request.fingerprint[..], sessionless].concat(),
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
