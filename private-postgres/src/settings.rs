//! PostgreSQL's settings, by what a server is for.

/// What a server is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It keeps its data.
    Durable,
    /// It loses its data when it ends.
    Throwaway,
    /// As `Throwaway`, but standbys can follow it.
    Replication,
}

/// For all servers: few checkpoints, and no JIT compilation, which takes longer than the queries.
const COMMON: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_permissions=0700",
    "max_wal_size=4GB",
    "checkpoint_timeout=30min",
    "jit=off",
    "timezone=UTC",
];
/// The minimal level lets bulk loads bypass the write-ahead log.
const DURABLE: &[&str] =
    &["shared_buffers=256MB", "max_connections=100", "wal_level=minimal", "max_wal_senders=0"];
/// No durability, and connections for many concurrent tests.
const THROWAWAY: &[&str] = &[
    "shared_buffers=128MB",
    "max_connections=200",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
];
/// No durability, but a write-ahead log for standbys, which contains each commit at once. Segments are kept for standbys
/// that are late on a busy machine, and a long query delays the replay on a standby by one second at most.
const REPLICATION: &[&str] = &[
    "shared_buffers=32MB",
    "max_connections=100",
    "fsync=off",
    "wal_level=replica",
    "max_wal_senders=10",
    "wal_keep_size=1GB",
    "max_standby_streaming_delay=1s",
    "wal_retrieve_retry_interval=100ms",
];

impl Purpose {
    /// The settings of a server. The last one wins, so `additional` settings override.
    pub(super) fn settings<'a>(self, additional: &[&'a str]) -> Vec<&'a str> {
        let own = match self {
            Self::Durable => DURABLE,
            Self::Throwaway => THROWAWAY,
            Self::Replication => REPLICATION,
        };
        [COMMON, own, additional].concat()
    }
}
