//! Receives from PostgreSQL what has changed, whoever changed it, and invalidates what is cached of it.
//!
//! Triggers notify the channel `atelier` with `topic:id,id,…`, or `topic:*` where too much has changed to name it; the
//! loader, which replaces everything, with `*`. What is notified while the listener is disconnected is lost: so the cache
//! is bypassed meanwhile ([`ListenerState`]), and invalidated as a whole when the listener is connected again.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgNotification};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::listener_state::ListenerState;
use super::{Cache, Reason, Subject};
use crate::database::batches::Batches;
use crate::database::heartbeat::{Heartbeat, Heartbeats};
use crate::database::{ConnectError, Database};
use crate::telemetry;
use crate::telemetry::metrics::Metrics;

const CHANNEL: &str = "atelier";
/// Whether the server's end of this connection listens. A pooler that hands it to whoever asks next has made it another.
const WHETHER: &str = "select from pg_listening_channels()";
/// How long the connection may be silent before it is looked into, and made anew.
const MAX_SILENCE: Duration = Duration::from_secs(2);
/// How long to wait before another try to connect.
const RETRY: Duration = Duration::from_millis(500);
/// Time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_millis(250);
/// The same after one that could not be sent.
const HEARTBEAT_RETRY: Duration = Duration::from_millis(50);

/// The listener: keeps a cache true, for as long as it lives.
pub struct Listener {
    _tasks: JoinSet<()>,
    state: Arc<ListenerState>,
}

impl Listener {
    /// Begins to keep `cache` true to `database` for the topics named. `heartbeats` are sent to the primary that is read
    /// from.
    #[must_use]
    pub fn start(
        database: Database,
        heartbeats: Batches<Heartbeats>,
        cache: Cache,
        topics: &'static [&'static str],
        metrics: &Metrics,
    ) -> Self {
        let state = Arc::clone(&cache.listener);
        state.starting();
        let shown = Arc::clone(&state);
        metrics.asked(
            "atelier_listener_connected",
            "1 while notifications of changes arrive; while it is 0 and the database answers, reads bypass the cache.",
            move || f64::from(u8::from(shown.is_connected())),
        );
        let own = RandomState::new().hash_one(std::process::id());
        let link = Arc::new(Link {
            database,
            cache,
            topics,
            state: Arc::clone(&state),
            heartbeat_channel: format!("atelier_heartbeat_{own:016x}").into(),
            heartbeat_wanted: Notify::new(),
            logged: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(send_heartbeats(Arc::clone(&link), heartbeats));
        tasks.spawn(async move { link.listen().await });
        Self { _tasks: tasks, state }
    }

    /// Whether notifications arrive at this moment; that is, whether the database is there.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state.is_connected()
    }

    /// Whether they ever did.
    #[must_use]
    pub fn has_been_connected(&self) -> bool {
        self.state.has_been_connected()
    }
}

/// What the two tasks of a listener share: one receives, the other sends heartbeats.
struct Link {
    database: Database,
    cache: Cache,
    topics: &'static [&'static str],
    state: Arc<ListenerState>,
    heartbeat_channel: Arc<str>,
    /// Asks for a heartbeat at once.
    heartbeat_wanted: Notify,
    logged: Mutex<Logged>,
}

/// What the log says already.
#[derive(Default)]
struct Logged {
    is_connected: bool,
    /// Why the listener is disconnected. Each cause is logged once, however often it is met: several can take turns.
    causes: HashSet<String>,
}

/// Sends heartbeats for ever.
async fn send_heartbeats(link: Arc<Link>, heartbeats: Batches<Heartbeats>) {
    for number in 1.. {
        let channel = Arc::clone(&link.heartbeat_channel);
        let is_sent = heartbeats.ask(Heartbeat { channel, number }).await.is_ok();
        let pause = if is_sent {
            link.state.sent(number);
            HEARTBEAT
        } else {
            link.state.not_sent();
            HEARTBEAT_RETRY
        };
        link.log();
        let _ = timeout(pause, link.heartbeat_wanted.notified()).await;
    }
}

impl Link {
    /// Connects, receives until the connection is lost, and so on for ever.
    async fn listen(&self) {
        loop {
            let err = match self.connect().await {
                Ok(mut listener) => {
                    self.state.listening();
                    self.heartbeat_wanted.notify_one();
                    let err = self.receive(&mut listener).await;
                    self.state.lost();
                    self.heartbeat_wanted.notify_one();
                    err
                }
                Err(err) => err,
            };
            self.log_disconnected(&err);
            sleep(RETRY).await;
        }
    }

    async fn connect(&self) -> Result<PgListener, ConnectError> {
        let limit = self.database.limit();
        // The listener's pool would not say why there is no connection, nor what the database is like.
        self.database.connect().await?.close().await?;
        let connecting = async {
            let mut listener = PgListener::connect_with(&self.database.single()).await?;
            listener.eager_reconnect(false);
            listener.listen_all([CHANNEL, &*self.heartbeat_channel]).await?;
            Ok(listener)
        };
        timeout(limit, connecting).await.unwrap_or(Err(ConnectError::TimedOut(limit)))
    }

    /// Receives until the connection is lost, and says why it was.
    async fn receive(&self, listener: &mut PgListener) -> ConnectError {
        let limit = self.database.limit();
        let mut is_connected = false;
        loop {
            match timeout(MAX_SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(notification))) if notification.channel() == &*self.heartbeat_channel => {
                    if !is_connected {
                        // What was notified before this connection is lost.
                        self.cache.forget_all(Reason::Listening);
                        is_connected = true;
                    }
                    let number = notification.payload().parse().unwrap_or_default();
                    self.state.arrived(number);
                    self.log();
                }
                Ok(Ok(Some(notification))) => self.apply(&notification),
                Ok(Ok(None)) => {
                    return sqlx::Error::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
                        .into();
                }
                Ok(Err(err)) => return err.into(),
                Err(_) => match timeout(limit, listener.fetch_optional(WHETHER)).await {
                    Ok(Ok(Some(_))) if self.state.is_silent() => return ConnectError::Silent,
                    Ok(Ok(Some(_))) => {}
                    Ok(Ok(None)) => return ConnectError::Shared,
                    Ok(Err(err)) => return err.into(),
                    Err(_) => return ConnectError::TimedOut(limit),
                },
            }
        }
    }

    fn apply(&self, notification: &PgNotification) {
        let cache = &self.cache;
        // The loader has put everything in the place of everything.
        if notification.payload() == "*" {
            return cache.forget_all(Reason::Told);
        }
        let (topic, ids) = notification.payload().split_once(':').unwrap_or((notification.payload(), "*"));
        // A topic of a service that doesn't run here is nothing to us.
        let Some(topic) = self.topics.iter().find(|known| **known == topic) else { return };
        cache.forget(Subject { topic, id: Subject::LISTS });
        for id in ids.split(',') {
            match id.parse() {
                Ok(id) => cache.forget(Subject { topic, id }),
                Err(_) => return cache.forget_all(Reason::Told),
            }
        }
    }

    /// Logs that the listener is connected, or that it is silent, if the log does not say so already.
    fn log(&self) {
        let is_connected = self.state.is_connected();
        if !is_connected && self.state.is_silent() {
            return self.log_disconnected(&ConnectError::Silent);
        }
        let mut logged = self.logged.lock().expect(UNPOISONED);
        if is_connected && !logged.is_connected {
            *logged = Logged { is_connected, ..Logged::default() };
            tracing::info!("listener connected");
        }
    }

    fn log_disconnected(&self, err: &ConnectError) {
        let cause = telemetry::with_causes(err);
        let mut logged = self.logged.lock().expect(UNPOISONED);
        logged.is_connected = false;
        if !logged.causes.contains(&cause) {
            tracing::error!(
                cause,
                "listener disconnected; reads bypass the cache while the database answers"
            );
            logged.causes.insert(cause);
        }
    }
}

const UNPOISONED: &str = "nothing that holds the lock can panic";
