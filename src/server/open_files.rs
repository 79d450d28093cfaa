//! Open files: each connection is one to the system, which limits how many a process has.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::config::Settings;

/// Open files that are neither connections to the database nor of clients: standard streams, event queues, the listening
/// socket, certificates while a connection is made, a connection that is being closed.
const RESERVE: usize = 20;
/// The listener has a connection, and makes another one before it.
const LISTENER_CONNECTIONS: usize = 2;
/// Rejected connections that are answered at one time, where open files allow it.
const MAX_REJECTIONS: usize = 256;

/// How many clients may be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClientLimits {
    /// Connections that are served at one time.
    pub(super) connections: usize,
    /// Rejected connections that are answered at one time; further ones are closed without an answer.
    pub(super) rejections: usize,
}

impl ClientLimits {
    /// Raises the soft limit of open files to the hard limit, and limits the clients to what fits: they must not take the
    /// files that connections to the database need.
    pub(super) fn raised(settings: &Settings) -> Self {
        let files = raised_limit();
        let limits = Self::of(settings, files);
        if limits.connections < settings.max_connections {
            tracing::warn!(
                max_connections = settings.max_connections,
                connections = limits.connections,
                files,
                "the limit of open files (ulimit -n) allows fewer connections than max_connections"
            );
        }
        limits
    }

    fn of(settings: &Settings, files: usize) -> Self {
        let standbys = settings.database_standby_urls.iter().count();
        let database =
            settings.read_connections * (1 + standbys) + settings.write_connections + LISTENER_CONNECTIONS;
        let clients = files.saturating_sub(database + RESERVE);
        let rejections = MAX_REJECTIONS.min(clients / 4);
        Self { connections: (clients - rejections).clamp(1, settings.max_connections), rejections }
    }
}

/// The limit of open files, after the soft limit was raised to the hard limit as far as the system allows it.
fn raised_limit() -> usize {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return usize::MAX };
    let is_raised = soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok();
    usize::try_from(if is_raised { hard } else { soft }).unwrap_or(usize::MAX)
}
