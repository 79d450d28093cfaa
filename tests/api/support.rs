//! A replica of the service inside the test, with a database of its own. Requests are sent to it without a socket.

use std::fmt;
use std::sync::Arc;

use atelier::app::App;
use atelier::config::Settings;
use atelier::http::proxies::Peer;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;

pub(crate) use crate::databases::{TestDatabase, eventually, lock_waits, rename_without_notification, run};

/// The products of most tests; the comments there explain them.
pub(crate) const CATALOGUE: &str = include_str!("fixtures/catalogue.sql");
/// A path of each endpoint for products; all of them exist in [`CATALOGUE`].
pub(crate) const PATHS: [&str; 6] = [
    "/products",
    "/products/1",
    "/products/1/styles",
    "/products/1/related",
    "/styles?product_id=1",
    "/related?product_id=1",
];

/// A running replica. Clones share it.
#[derive(Clone)]
pub(crate) struct Site {
    /// The application.
    pub(crate) app: Arc<App>,
    /// Dropped last, after all connections to it.
    database: Option<Arc<TestDatabase>>,
}

impl Site {
    /// Starts a replica over [`CATALOGUE`], and waits until it is ready.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with changed settings.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::over(Arc::new(TestDatabase::filled(CATALOGUE).await), change).await
    }

    /// Starts a replica over `database`, and waits until it is ready.
    pub(crate) async fn over(database: Arc<TestDatabase>, change: impl FnOnce(&mut Settings)) -> Self {
        let site = Self { database: Some(database.clone()), ..Self::unready(&database.options(), change) };
        eventually("the replica is ready", async || site.app.readiness().is_ready()).await;
        site
    }

    /// Starts a replica that need not become ready.
    pub(crate) fn unready(options: &PgConnectOptions, change: impl FnOnce(&mut Settings)) -> Self {
        // Few connections, since tests run concurrently.
        let mut settings = Settings { read_connections: 2, write_connections: 2, ..Settings::default() };
        change(&mut settings);
        Self { app: Arc::new(App::start(&settings, options)), database: None }
    }

    /// Its database.
    pub(crate) fn database(&self) -> Arc<TestDatabase> {
        self.database.clone().expect("the replica was started by `over`")
    }

    /// Connects to its database.
    pub(crate) async fn sql(&self) -> PgConnection {
        self.database().connect().await
    }

    /// Sends a GET request.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.get_with(path, &[]).await
    }

    /// Sends a GET request with these headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send(Method::GET, path, headers).await
    }

    /// Sends a PUT request without a body.
    pub(crate) async fn put(&self, path: &str) -> Response {
        self.send(Method::PUT, path, &[]).await
    }

    /// Sends GET requests for all of these paths. Returns the responses as text.
    pub(crate) async fn get_all(&self, paths: &[&str]) -> Vec<String> {
        let mut responses = Vec::new();
        for path in paths {
            responses.push(self.get(path).await.to_string());
        }
        responses
    }

    /// Sends a request without a body.
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let uri: Uri = path.parse().unwrap_or_else(|err| panic!("{path}: {err}"));
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a POST request with this JSON.
    pub(crate) async fn post(&self, path: &str, json: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::post(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(Body::from(json.to_owned())).unwrap()).await
    }

    /// Sends any request.
    pub(crate) async fn request(&self, request: Request<Body>) -> Response {
        let peer: Option<Peer> = request.extensions().get().copied();
        let (head, body) = self.app.site().respond(request, peer).await.into_parts();
        let body = body.collect().await.expect("all bodies are in memory").to_bytes();
        Response { status: head.status, headers: head.headers, body }
    }
}

/// A response. It is displayed as status, sorted headers and body, without the request id.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    /// The body, which must be text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|err| panic!("{err}: {:?}", self.body))
    }

    /// The only value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        let value = values.next().unwrap_or_default();
        assert_eq!(values.next(), None, "{name} occurs twice");
        value
    }

    /// The name and value of the cookie that it sets, as a client sends it back; empty if there is none.
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }
}

/// Options for an address where no PostgreSQL listens.
pub(crate) fn unreachable_database() -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1).username("nobody")
}

/// Runs `second` while the transaction of `first` is open, so that it waits for a lock; then commits the first. Returns
/// the result of the second.
pub(crate) async fn overlap(database: &TestDatabase, first: &str, second: &str) -> sqlx::Result<()> {
    let (mut one, mut other, mut observer) =
        (database.connect().await, database.connect().await, database.connect().await);
    run(&mut one, format!("begin; {first}")).await;
    let change = second.to_owned();
    let waiting = tokio::spawn(async move {
        sqlx::raw_sql(sqlx::AssertSqlSafe(change)).execute(&mut other).await.map(drop)
    });
    eventually(&format!("{second} waits for {first}"), async || lock_waits(&mut observer).await == 1).await;
    run(&mut one, "commit").await;
    waiting.await.unwrap()
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        let mut names: Vec<&HeaderName> = self.headers.keys().collect();
        names.sort_by_key(|name| name.as_str());
        // The request id is different in each response.
        for name in names.into_iter().filter(|name| *name != "x-request-id") {
            for value in self.headers.get_all(name) {
                writeln!(f, "{name}: {}", value.to_str().unwrap())?;
            }
        }
        write!(f, "\n{}", self.text())
    }
}
