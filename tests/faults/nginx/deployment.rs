//! Three replicas behind NGINX, over one database.

use std::net::SocketAddr;

use sqlx::ConnectOptions as _;

use super::load::REQUEST_KINDS;
use super::proxy::Nginx;
use crate::databases::{TestDatabase, eventually};
use crate::http_client::get;
use crate::replica::Replica;
use crate::tcp_proxy::TcpProxy;

const REPLICAS: usize = 3;
/// For tests in which no request may fail: on a busy machine, a query takes long. NGINX waits for 5 s.
pub(super) const LONG_TIMEOUT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "8000");
const SHOP: &str = "
    insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 100) id;
    insert into questions (product_id, id, body, asker_name, asker_email)
    select id, id, 'Why?', 'yankeelover', 'first.last@gmail.com' from generate_series(1, 100) id;";

/// A replica, and the ways to its database.
pub(super) struct Member {
    pub(super) replica: Replica,
    /// All its connections to the database but the listener's.
    pub(super) database: TcpProxy,
    pub(super) listener: TcpProxy,
    settings: Vec<(String, String)>,
}

/// Three replicas behind NGINX, over one database.
pub(super) struct Deployment {
    pub(super) database: TestDatabase,
    pub(super) members: Vec<Member>,
    pub(super) nginx: Nginx,
}

impl Member {
    async fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let options = database.options();
        let (proxy, listener) = (TcpProxy::start(&options).await, TcpProxy::start(&options).await);
        let mut settings: Vec<_> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        settings.push(("DATABASE_URL".to_owned(), proxy.url(&options)));
        settings.push(("ATELIER_DATABASE_LISTEN_URL".to_owned(), listener.url(&options)));
        let replica = start(&settings);
        Self { replica, database: proxy, listener, settings }
    }

    /// Starts the replica again, which has ended, at the address it had, and waits until it is ready.
    pub(super) async fn restart(&mut self) {
        let port = ("PORT".to_owned(), self.replica.address.port().to_string());
        self.replica = start(&[&*self.settings, &[port]].concat());
        self.ready().await;
    }

    /// Waits until the replica is ready.
    pub(super) async fn ready(&self) {
        eventually("the replica is ready", async || self.replica.is_ready().await).await;
    }

    /// The lines of its metrics that count requests of clients.
    pub(super) async fn request_counts(&self) -> Vec<String> {
        let metrics = get(&mut self.replica.connect().await, "/metrics").await.expect("a response").1;
        let metrics = String::from_utf8_lossy(&metrics).into_owned();
        let lines = metrics.lines().filter(|line| line.starts_with("atelier_http_requests_total{"));
        lines
            .filter(|line| !line.contains("/health/") && !line.contains("/metrics"))
            .map(str::to_owned)
            .collect()
    }

    /// Waits until NGINX, which counts failures by service, sends the restarted replica each kind of request of a load.
    pub(super) async fn in_rotation(&self) {
        eventually("NGINX sends requests to the replica", async || {
            let counts = self.request_counts().await;
            counts.iter().filter(|line| line.contains(r#"status="2xx""#)).count() == REQUEST_KINDS
        })
        .await;
    }

    /// Waits until the replica is not ready.
    pub(super) async fn not_ready(&self) {
        eventually("the replica is not ready", async || !self.replica.is_ready().await).await;
    }
}

fn start(settings: &[(String, String)]) -> Replica {
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Replica::start("", &settings)
}

impl Deployment {
    /// Starts replicas with these settings, and NGINX with these variables.
    pub(super) async fn start(settings: &[(&str, &str)], variables: &[(&str, &str)]) -> Self {
        let database = TestDatabase::filled(SHOP).await;
        let mut members = Vec::new();
        for _ in 0..REPLICAS {
            members.push(Member::start(&database, settings).await);
        }
        for member in &members {
            member.ready().await;
        }
        let addresses: Vec<SocketAddr> = members.iter().map(|member| member.replica.address).collect();
        let nginx = Nginx::start(&addresses, variables).await;
        Self { database, members, nginx }
    }

    /// One number of the database.
    pub(super) async fn number(&self, query: &'static str) -> i64 {
        let mut sql = self.database.options().connect().await.expect("the database accepts connections");
        sqlx::query_scalar(query).fetch_one(&mut sql).await.expect("the query returns a number")
    }
}
