//! What lies between a server and its database, to be cut, stalled and restored.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncWrite, copy};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// They go through.
    Whole,
    /// Nothing moves, and nobody is told.
    Stalled,
    /// Connections are closed, new ones at once.
    Cut,
}

/// A way to a PostgreSQL server.
pub(crate) struct Proxy {
    address: SocketAddr,
    link: Arc<watch::Sender<Link>>,
    to: Arc<Mutex<PgConnectOptions>>,
}

impl Proxy {
    /// A way to the server of these options.
    pub(crate) async fn start(to: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let link = Arc::new(watch::Sender::new(Link::Whole));
        let to = Arc::new(Mutex::new(to.clone()));
        let (sender, leads_to) = (link.clone(), to.clone());
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let to = leads_to.lock().unwrap().clone();
                tokio::spawn(carry(client, to, sender.subscribe()));
            }
        });
        Self { address, link, to }
    }

    /// From now on, new connections lead to another server.
    pub(crate) fn lead(&self, to: &PgConnectOptions) {
        *self.to.lock().unwrap() = to.clone();
    }

    /// Where it is found: host and port.
    pub(crate) fn name(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a database by this way.
    pub(crate) fn url(&self, options: &PgConnectOptions) -> String {
        let database = options.get_database().unwrap_or("postgres");
        format!("postgres://{}@{}/{database}", options.get_username(), self.address)
    }

    pub(crate) fn set(&self, link: Link) {
        self.link.send_replace(link);
    }
}

async fn carry(client: TcpStream, to: PgConnectOptions, mut link: watch::Receiver<Link>) {
    if *link.borrow() == Link::Cut {
        return;
    }
    if let Some(dir) = to.get_socket() {
        let path = dir.join(format!(".s.PGSQL.{}", to.get_port()));
        // Where nobody listens, the client is told by the end of its connection.
        if let Ok(server) = UnixStream::connect(path).await {
            between(client, server, &mut link).await;
        }
    } else if let Ok(server) = TcpStream::connect((to.get_host(), to.get_port())).await {
        between(client, server, &mut link).await;
    }
}

async fn between<S: AsyncRead + AsyncWrite>(client: TcpStream, server: S, link: &mut watch::Receiver<Link>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    loop {
        let state = *link.borrow_and_update();
        match state {
            Link::Cut => return,
            Link::Stalled => link.changed().await.unwrap_or_default(),
            Link::Whole => {
                tokio::select! {
                    _ = copy(&mut from_client, &mut to_server) => return,
                    _ = copy(&mut from_server, &mut to_client) => return,
                    _ = link.changed() => {}
                }
            }
        }
    }
}
