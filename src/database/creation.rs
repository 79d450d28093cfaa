//! Things that clients create: one transaction each, and done once however often it is sent.
//!
//! A client that can't know whether its POST arrived sends it again with the same `Idempotency-Key`. What the first one
//! was answered is kept in the transaction that did it, for 24 hours and for all replicas, and is answered again.

use std::marker::PhantomData;

use sqlx::{Connection as _, PgConnection};

use super::batches::Batch;

/// Something that can be created.
pub trait Creation: Clone + Send + Sync + 'static {
    /// Creates it, within a transaction.
    fn create(&self, transaction: &mut PgConnection) -> impl Future<Output = sqlx::Result<Created>> + Send;
}

/// What was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Where it is found, if it has a place of its own.
    pub location: Option<String>,
    /// It, as its list shows it: JSON.
    pub body: String,
    /// The product whose answers it changes, if any.
    pub product_id: Option<i64>,
}

/// What makes a request the same as one before.
#[derive(Clone, Debug)]
pub struct Once {
    /// The client's name for it, up to 255 characters.
    pub key: String,
    /// SHA-256 of what it asks.
    pub fingerprint: [u8; 32],
    /// The same without the shopper, for one who is new. Sent again without the session that the first answer gave, the
    /// request is another newcomer's, and is done for that one: the first one's cart is nobody else's.
    pub newcomer: Option<[u8; 32]>,
}

/// A creation that a client asks for.
#[derive(Clone, Debug)]
pub struct Request<C> {
    /// What to create.
    pub new: C,
    /// What makes it the same as another, if the client says.
    pub once: Option<Once>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was created, now or when it was first asked for.
    Created(Created),
    /// The key was used for something else.
    KeyReused,
    /// The first request with the key is still under way.
    UnderWay,
}

/// Creations of one kind, each for itself: one that fails must not undo another.
pub struct Creations<C>(PhantomData<C>);

impl<C: Creation> Batch for Creations<C> {
    type Job = Request<C>;
    type Answer = Outcome;
    const IS_REPEATABLE: bool = false;
    const LIMIT: usize = 1;

    async fn run(connection: &mut PgConnection, jobs: &[Request<C>]) -> sqlx::Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            outcomes.push(create(connection, job).await?);
        }
        Ok(outcomes)
    }
}

async fn create<C: Creation>(connection: &mut PgConnection, job: &Request<C>) -> sqlx::Result<Outcome> {
    let mut transaction = connection.begin().await?;
    let outcome = attempt(&mut transaction, job).await;
    match outcome {
        Ok(_) => transaction.commit().await?,
        // Said, and not left to the drop, which would keep the locks until the connection is used again.
        Err(_) => transaction.rollback().await?,
    }
    outcome
}

async fn attempt<C: Creation>(transaction: &mut PgConnection, job: &Request<C>) -> sqlx::Result<Outcome> {
    if let Some(once) = &job.once
        && let Some(outcome) = recall(transaction, once).await?
    {
        return Ok(outcome);
    }
    let created = job.new.create(transaction).await?;
    if let Some(once) = &job.once {
        remember(transaction, once, &created).await?;
    }
    Ok(Outcome::Created(created))
}

/// What came of this request before; None if it is the first, which then holds the key until its transaction ends.
async fn recall(transaction: &mut PgConnection, once: &Once) -> sqlx::Result<Option<Outcome>> {
    let is_ours = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "is_ours!""#,
        once.key,
    )
    .fetch_one(&mut *transaction)
    .await?;
    if !is_ours {
        return Ok(Some(Outcome::UnderWay));
    }
    let known = sqlx::query!(
        r#"
        select
            fingerprint,
            location,
            body,
            product_id
        from idempotency_keys
        where key = $1 and created_at > now() - interval '24 hours'
        "#,
        once.key,
    )
    .fetch_optional(transaction)
    .await?;
    let wanted = once.newcomer.unwrap_or(once.fingerprint);
    Ok(match known {
        Some(known) if !known.fingerprint.chunks(wanted.len()).any(|it| it == wanted) => {
            Some(Outcome::KeyReused)
        }
        Some(_) if once.newcomer.is_some() => None,
        Some(known) => Some(Outcome::Created(Created {
            location: known.location,
            body: known.body,
            product_id: known.product_id,
        })),
        None => None,
    })
}

async fn remember(transaction: &mut PgConnection, once: &Once, created: &Created) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into idempotency_keys (key, fingerprint, location, body, product_id)
        values ($1, $2, $3, $4, $5)
        -- One that is older than a day, or another newcomer's.
        on conflict (key) do update
        set created_at = now(),
            fingerprint = excluded.fingerprint,
            location = excluded.location,
            body = excluded.body,
            product_id = excluded.product_id
        "#,
        once.key,
        [&once.fingerprint[..], once.newcomer.as_ref().map_or(&[], |it| it)].concat(),
        created.location,
        created.body,
        created.product_id,
    )
    .execute(transaction)
    .await?;
    Ok(())
}
