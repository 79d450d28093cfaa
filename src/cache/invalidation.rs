//! Hears from PostgreSQL what has changed, whoever changed it, and drops it from the cache.
//!
//! Triggers notify the channel `atelier` with `topic:id,id,…`, or `topic:*` where too much has changed to name it; the
//! loader, which replaces everything, with `*`. Nobody tells what was said while nobody listened: so the cache is emptied whenever listening begins.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgNotification};
use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Cache, Reason, Subject};
use crate::database::{ConnectError, Database};
use crate::telemetry;

const CHANNEL: &str = "atelier";
/// Whether the server's end of this connection listens. A pooler that hands it to whoever asks next has made it another.
const WHETHER: &str = "select from pg_listening_channels()";
/// How long the connection may be silent before it is asked whether it is still there: a link that broke without a
/// word must not leave the cache deaf.
const SILENCE: Duration = Duration::from_secs(5);
/// How long to wait before another try to listen.
const RETRY: Duration = Duration::from_millis(500);

/// The ear for changes: keeps a cache true, for as long as it lives.
pub struct Listener {
    task: JoinHandle<()>,
    ear: Arc<Ear>,
}

#[derive(Default)]
struct Ear {
    is_listening: AtomicBool,
    has_listened: AtomicBool,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener {
    /// Begins to keep `cache` true to `database` for the topics named.
    #[must_use]
    pub fn start(database: Database, cache: Cache, topics: &'static [&'static str]) -> Self {
        let ear = Arc::new(Ear::default());
        Self { task: tokio::spawn(listen(database, cache, topics, Arc::clone(&ear))), ear }
    }

    /// Whether it hears what changes at this moment; that is, whether the database is there.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.ear.is_listening.load(Ordering::Relaxed)
    }

    /// Whether it ever did.
    #[must_use]
    pub fn has_listened(&self) -> bool {
        self.ear.has_listened.load(Ordering::Relaxed)
    }
}

async fn listen(database: Database, cache: Cache, topics: &'static [&'static str], ear: Arc<Ear>) {
    let mut told = HashSet::new();
    loop {
        let err = match begin(&database).await {
            Ok(mut listener) => {
                cache.forget_all(Reason::Listening);
                ear.is_listening.store(true, Ordering::Relaxed);
                ear.has_listened.store(true, Ordering::Relaxed);
                tracing::info!("the database is there");
                told.clear();
                let err = hear(&mut listener, &database, &cache, topics).await;
                ear.is_listening.store(false, Ordering::Relaxed);
                err
            }
            Err(err) => err,
        };
        // Each is said once, however often it is tried: while a server is away, several take turns.
        let cause = telemetry::with_causes(&err);
        if !told.contains(&cause) {
            tracing::error!("no word from the database; what is cached is still served: {cause}");
            told.insert(cause);
        }
        sleep(RETRY).await;
    }
}

async fn begin(database: &Database) -> Result<PgListener, ConnectError> {
    // The listener's pool would not say why there is no connection, nor what the database is like.
    database.connect().await?.close().await?;
    let listening = async {
        let mut listener = PgListener::connect_with(&database.single()).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(listener)
    };
    timeout(database.limit(), listening).await.unwrap_or(Err(ConnectError::TimedOut(database.limit())))
}

/// Hears until the connection is lost, and says why it was.
async fn hear(
    listener: &mut PgListener,
    database: &Database,
    cache: &Cache,
    topics: &'static [&'static str],
) -> ConnectError {
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => apply(&notification, cache, topics),
            Ok(Ok(None)) => {
                return sqlx::Error::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset)).into();
            }
            Ok(Err(err)) => return err.into(),
            Err(_) => match timeout(database.limit(), listener.fetch_optional(WHETHER)).await {
                Ok(Ok(Some(_))) => {}
                Ok(Ok(None)) => return ConnectError::Shared,
                Ok(Err(err)) => return err.into(),
                Err(_) => return ConnectError::TimedOut(database.limit()),
            },
        }
    }
}

fn apply(notification: &PgNotification, cache: &Cache, topics: &'static [&'static str]) {
    // The loader has put everything in the place of everything.
    if notification.payload() == "*" {
        return cache.forget_all(Reason::Told);
    }
    let (topic, ids) = notification.payload().split_once(':').unwrap_or((notification.payload(), "*"));
    // A topic of a service that doesn't run here is nothing to us.
    let Some(topic) = topics.iter().find(|known| **known == topic) else { return };
    cache.forget(Subject { topic, id: Subject::LISTS });
    for id in ids.split(',') {
        match id.parse() {
            Ok(id) => cache.forget(Subject { topic, id }),
            Err(_) => return cache.forget_all(Reason::Told),
        }
    }
}
