//! The network between a replica and PostgreSQL: a TCP proxy that can stall, delay or close its connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use crate::Result;

/// The socket that PostgreSQL listens on. Another one after a restart.
pub(super) type Upstream = Arc<Mutex<PathBuf>>;

/// What a proxy does with its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// It forwards all bytes.
    Up,
    /// It forwards all bytes this much later.
    Slow(Duration),
    /// It forwards nothing and keeps the connections open.
    Stalled,
    /// It closes all connections, new ones at once.
    Cut,
}

/// A proxy to PostgreSQL.
pub(crate) struct Proxy {
    address: SocketAddr,
    link: watch::Sender<Link>,
}

impl Proxy {
    pub(super) async fn start(upstream: &Upstream) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let link = watch::Sender::new(Link::Up);
        let (links, upstream) = (link.subscribe(), Arc::clone(upstream));
        tokio::spawn(async move {
            // An error is that of one client, or a lack of files that passes.
            loop {
                if let Ok((client, _)) = listener.accept().await {
                    let socket = upstream.lock().expect("nothing that holds the lock can panic").clone();
                    tokio::spawn(connect(client, socket, links.clone()));
                }
            }
        });
        Ok(Self { address, link })
    }

    /// The URL of the service's database through this proxy.
    pub(super) fn url(&self) -> String {
        format!("postgres://atelier@{}/atelier", self.address)
    }

    pub(crate) fn set(&self, link: Link) {
        self.link.send_replace(link);
    }
}

async fn connect(client: TcpStream, socket: PathBuf, mut link: watch::Receiver<Link>) {
    if *link.borrow() == Link::Cut {
        return;
    }
    let Ok(server) = UnixStream::connect(socket).await else { return };
    let _ = client.set_nodelay(true);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (up, down) = (link.clone(), link.clone());
    tokio::select! {
        _ = forward(from_client, to_server, up) => {}
        _ = forward(from_server, to_client, down) => {}
        _ = link.wait_for(|link| *link == Link::Cut) => {}
    }
}

/// Forwards until one side closes.
async fn forward(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut link: watch::Receiver<Link>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let current = link.wait_for(|link| *link != Link::Stalled).await.map_or(Link::Up, |link| *link);
        if let Link::Slow(delay) = current {
            tokio::time::sleep(delay).await;
        }
        to.write_all(&buffer[..count]).await?;
    }
}
