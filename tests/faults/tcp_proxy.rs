//! A TCP proxy between a replica and a PostgreSQL server, which can stall or close its connections.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncWrite, copy};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// What a proxy does with its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyState {
    /// It forwards all bytes.
    Forwarding,
    /// It forwards nothing and keeps the connections open.
    Stalled,
    /// It closes all connections, new ones at once.
    Disconnected,
}

/// A proxy to a PostgreSQL server, its upstream.
pub(crate) struct TcpProxy {
    address: SocketAddr,
    state: Arc<watch::Sender<ProxyState>>,
    upstream: Arc<Mutex<PgConnectOptions>>,
}

impl TcpProxy {
    /// Starts a proxy to the server of these options.
    pub(crate) async fn start(upstream: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::Sender::new(ProxyState::Forwarding));
        let upstream = Arc::new(Mutex::new(upstream.clone()));
        let (states, upstreams) = (state.clone(), upstream.clone());
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let upstream = upstreams.lock().unwrap().clone();
                tokio::spawn(connect(client, upstream, states.subscribe()));
            }
        });
        Self { address, state, upstream }
    }

    /// Connects new connections to another server.
    pub(crate) fn set_upstream(&self, upstream: &PgConnectOptions) {
        *self.upstream.lock().unwrap() = upstream.clone();
    }

    /// The address that it listens on: host and port.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a database through this proxy.
    pub(crate) fn url(&self, options: &PgConnectOptions) -> String {
        let database = options.get_database().unwrap_or("postgres");
        format!("postgres://{}@{}/{database}", options.get_username(), self.address)
    }

    pub(crate) fn set(&self, state: ProxyState) {
        self.state.send_replace(state);
    }
}

/// Connects a client to the upstream. If that does not listen, the client's connection is closed.
async fn connect(client: TcpStream, upstream: PgConnectOptions, mut state: watch::Receiver<ProxyState>) {
    if *state.borrow() == ProxyState::Disconnected {
        return;
    }
    if let Some(dir) = upstream.get_socket() {
        let path = dir.join(format!(".s.PGSQL.{}", upstream.get_port()));
        if let Ok(server) = UnixStream::connect(path).await {
            forward(client, server, &mut state).await;
        }
    } else if let Ok(server) = TcpStream::connect((upstream.get_host(), upstream.get_port())).await {
        forward(client, server, &mut state).await;
    }
}

async fn forward<S: AsyncRead + AsyncWrite>(
    client: TcpStream,
    server: S,
    state: &mut watch::Receiver<ProxyState>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    loop {
        let current = *state.borrow_and_update();
        match current {
            ProxyState::Disconnected => return,
            ProxyState::Stalled => state.changed().await.unwrap_or_default(),
            ProxyState::Forwarding => {
                tokio::select! {
                    _ = copy(&mut from_client, &mut to_server) => return,
                    _ = copy(&mut from_server, &mut to_client) => return,
                    _ = state.changed() => {}
                }
            }
        }
    }
}
