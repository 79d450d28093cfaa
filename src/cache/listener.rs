//! Receives notifications of changes from PostgreSQL, and invalidates what is cached of them.
//!
//! Triggers notify the channel `atelier` with `topic:id,id,…`, or with `topic:*` where the ids do not fit; the loader, which
//! replaces everything, with `*`. Notifications that are sent while the listener is disconnected are lost: the cache is
//! bypassed meanwhile ([`ListenerState`]), and invalidated as a whole when the listener connects again.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgNotification};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::key::Subject;
use super::listener_state::{ListenerState, TICK};
use super::metrics::FlushReason;
use super::responses::Cache;
use crate::database::batcher::Batcher;
use crate::database::connect::{ConnectError, Database};
use crate::database::heartbeat::{Heartbeat, SendHeartbeats};
use crate::telemetry;
use crate::telemetry::metrics::Metrics;

const CHANNEL: &str = "atelier";
/// Returns no row where a pooler has given this session another server connection, which does not listen.
const IS_LISTENING: &str = "select from pg_listening_channels()";
/// How long the connection may be silent before it is checked.
const MAX_SILENCE: Duration = Duration::from_secs(2);
/// Backoff between attempts to connect.
const BACKOFF: Duration = Duration::from_millis(500);
/// Time between two heartbeats.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(250);
/// Backoff after a heartbeat that could not be sent.
const HEARTBEAT_BACKOFF: Duration = Duration::from_millis(50);

/// Why the listener is disconnected.
#[derive(Debug, thiserror::Error)]
enum ListenError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection is lost.
    #[error("the connection is lost")]
    Lost(#[source] sqlx::Error),
    /// The server connection does not listen.
    #[error(
        "a connection pooler shares the listener's server connection: set database_listen_url to the server behind it"
    )]
    Pooler,
    /// Heartbeats were sent, and have not arrived.
    #[error(
        "notifications that the primary has sent do not arrive; does database_listen_url lead to another database, or to a pooler?"
    )]
    Silent,
}

/// Keeps a cache up to date, for as long as it lives.
pub struct Listener {
    _tasks: JoinSet<()>,
    state: Arc<ListenerState>,
}

impl Listener {
    /// Starts to invalidate `cache` when `database` notifies of changes of these topics. `heartbeats` go to the primary
    /// through the read connections.
    #[must_use]
    pub fn start(
        database: Database,
        heartbeats: Batcher<SendHeartbeats>,
        cache: Cache,
        topics: Vec<&'static str>,
        metrics: &Metrics,
    ) -> Self {
        let state = Arc::clone(cache.listener());
        state.starting();
        let gauge = Arc::clone(&state);
        metrics.callback_gauge(
            "atelier_listener_connected",
            "1 while notifications of changes arrive. While it is 0 and the database answers, reads bypass the cache.",
            move || f64::from(u8::from(gauge.is_connected())),
        );
        let process = RandomState::new().hash_one(std::process::id());
        let shared = Arc::new(Shared {
            database,
            cache,
            topics,
            state: Arc::clone(&state),
            heartbeat_channel: format!("atelier_heartbeat_{process:016x}").into(),
            last_heartbeat: AtomicU64::new(0),
            heartbeat_due: Notify::new(),
            logged: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        let (supervisor, sender) = (metrics.supervisor().clone(), Arc::clone(&shared));
        tasks.spawn(async move {
            supervisor.supervise("heartbeats", || sender.send_heartbeats(&heartbeats)).await;
        });
        let (supervisor, ticking) = (metrics.supervisor().clone(), Arc::clone(&shared));
        tasks.spawn(async move { supervisor.supervise("ticks", || ticking.tick()).await });
        let supervisor = metrics.supervisor().clone();
        tasks.spawn(async move { supervisor.supervise("listener", || shared.listen()).await });
        Self { _tasks: tasks, state }
    }

    /// Whether notifications arrive, and thus whether the database can be reached.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state.is_connected()
    }

    /// Whether they ever arrived.
    #[must_use]
    pub fn has_been_connected(&self) -> bool {
        self.state.has_been_connected()
    }
}

/// What the tasks of a listener share: one receives notifications, one sends heartbeats, and one notes that the process runs.
struct Shared {
    database: Database,
    cache: Cache,
    topics: Vec<&'static str>,
    state: Arc<ListenerState>,
    heartbeat_channel: Arc<str>,
    /// The number of the last heartbeat. It goes on after a panic: a heartbeat is overdue if no later one has arrived.
    last_heartbeat: AtomicU64,
    /// Notified when a heartbeat is to be sent at once.
    heartbeat_due: Notify,
    logged: Mutex<Logged>,
}

/// What the log contains already.
#[derive(Default)]
struct Logged {
    is_connected: bool,
    /// Why the listener is disconnected. Each cause is logged once per outage, even if several alternate.
    causes: HashSet<String>,
}

/// That a connection listens. When this is dropped, also by a panic, it does no more.
struct Listening<'a>(&'a Shared);

impl<'a> Listening<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.state.listening();
        shared.heartbeat_due.notify_one();
        Self(shared)
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.state.lost();
        self.0.heartbeat_due.notify_one();
    }
}

impl Shared {
    async fn send_heartbeats(&self, heartbeats: &Batcher<SendHeartbeats>) {
        loop {
            let channel = Arc::clone(&self.heartbeat_channel);
            let number = self.last_heartbeat.fetch_add(1, Ordering::Relaxed) + 1;
            let pause = if heartbeats.submit(Heartbeat { channel, number }).await.is_ok() {
                self.state.sent(number);
                HEARTBEAT_INTERVAL
            } else {
                self.state.not_sent();
                HEARTBEAT_BACKOFF
            };
            self.log();
            let _ = timeout(pause, self.heartbeat_due.notified()).await;
        }
    }

    /// Notes that the process runs.
    async fn tick(&self) {
        loop {
            self.state.tick(self.last_heartbeat.load(Ordering::Relaxed) + 1);
            sleep(TICK).await;
        }
    }

    /// Connects, receives until the connection is lost, and starts over.
    async fn listen(&self) {
        loop {
            let err = match self.connect().await {
                Ok(mut listener) => {
                    let _listening = Listening::new(self);
                    self.receive(&mut listener).await
                }
                Err(err) => err.into(),
            };
            self.log_disconnected(&err);
            sleep(BACKOFF).await;
        }
    }

    async fn connect(&self) -> Result<PgListener, ConnectError> {
        let limit = self.database.timeout();
        // First a connection of our own: the listener's pool would report neither why it fails, nor a schema that does not
        // fit.
        self.database.connect().await?.close().await?;
        let connecting = async {
            let mut listener = PgListener::connect_with(&self.database.pool_of_one()).await?;
            listener.eager_reconnect(false);
            listener.listen_all([CHANNEL, &*self.heartbeat_channel]).await?;
            Ok(listener)
        };
        timeout(limit, connecting).await.unwrap_or(Err(ConnectError::TimedOut(limit)))
    }

    /// Receives until the connection is lost, and returns why.
    async fn receive(&self, listener: &mut PgListener) -> ListenError {
        let mut has_heartbeat = false;
        loop {
            match timeout(MAX_SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(notification))) if notification.channel() == &*self.heartbeat_channel => {
                    if !has_heartbeat {
                        // Notifications from before this connection are lost.
                        self.cache.invalidate_all(FlushReason::ListenerConnected);
                        has_heartbeat = true;
                    }
                    self.state.arrived(notification.payload().parse().unwrap_or_default());
                    self.log();
                }
                Ok(Ok(Some(notification))) => self.apply(&notification),
                Ok(Ok(None)) => {
                    let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                    return ListenError::Lost(reset.into());
                }
                Ok(Err(err)) => return ListenError::Lost(err),
                Err(_) => {
                    if let Err(err) = self.check(listener).await {
                        return err;
                    }
                }
            }
        }
    }

    /// Checks a connection that is silent.
    async fn check(&self, listener: &mut PgListener) -> Result<(), ListenError> {
        let limit = self.database.timeout();
        match timeout(limit, listener.fetch_optional(IS_LISTENING)).await {
            Ok(Ok(Some(_))) if self.state.is_silent() => Err(ListenError::Silent),
            Ok(Ok(Some(_))) => Ok(()),
            Ok(Ok(None)) => Err(ListenError::Pooler),
            Ok(Err(err)) => Err(ListenError::Lost(err)),
            Err(_) => Err(ConnectError::TimedOut(limit).into()),
        }
    }

    fn apply(&self, notification: &PgNotification) {
        let cache = &self.cache;
        if notification.payload() == "*" {
            return cache.invalidate_all(FlushReason::Notification);
        }
        let (topic, ids) = notification.payload().split_once(':').unwrap_or((notification.payload(), "*"));
        // Not a topic of a service that this process runs.
        let Some(topic) = self.topics.iter().find(|known| **known == topic) else { return };
        cache.invalidate(Subject { topic, id: Subject::LISTS });
        for id in ids.split(',') {
            match id.parse() {
                Ok(id) => cache.invalidate(Subject { topic, id }),
                Err(_) => return cache.invalidate_all(FlushReason::Notification),
            }
        }
    }

    /// Logs that the listener is connected, or that it is silent, unless that was logged already.
    fn log(&self) {
        let is_connected = self.state.is_connected();
        if !is_connected && self.state.is_silent() {
            return self.log_disconnected(&ListenError::Silent);
        }
        let mut logged = self.logged();
        if is_connected && !logged.is_connected {
            tracing::info!("listener connected");
            *logged = Logged { is_connected, ..Logged::default() };
        }
    }

    fn log_disconnected(&self, err: &ListenError) {
        let cause = telemetry::with_causes(err);
        let mut logged = self.logged();
        logged.is_connected = false;
        if !logged.causes.contains(&cause) {
            let consequence = if self.state.has_been_connected() {
                "reads bypass the cache while the database answers"
            } else {
                "this process is not ready until it is connected"
            };
            tracing::error!(cause, "listener disconnected; {consequence}");
            logged.causes.insert(cause);
        }
    }

    /// What the log contains already. Whatever panics while it writes to the log leaves it usable.
    fn logged(&self) -> MutexGuard<'_, Logged> {
        self.logged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
