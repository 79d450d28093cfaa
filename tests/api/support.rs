//! The whole site over a database of the test's own, asked without a socket.

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

pub(crate) use crate::databases::{TestDatabase, change_unseen, eventually, run, waiting};

/// A shop with every quirk; see there.
pub(crate) const CATALOGUE: &str = include_str!("fixtures/catalogue.sql");
/// Every path of the catalogue that is there.
pub(crate) const PATHS: [&str; 6] = [
    "/products",
    "/products/1",
    "/products/1/styles",
    "/products/1/related",
    "/styles?product_id=1",
    "/related?product_id=1",
];

/// A running site. Clones share it.
#[derive(Clone)]
pub(crate) struct Site {
    /// The application, as a process has it.
    pub(crate) app: Arc<App>,
    // The last, so that nobody is connected to it any more.
    database: Option<Arc<TestDatabase>>,
}

impl Site {
    /// A site over [`CATALOGUE`], once it is ready.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other settings.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::over(Arc::new(TestDatabase::filled(CATALOGUE).await), change).await
    }

    /// A site over this database, once it is ready.
    pub(crate) async fn over(database: Arc<TestDatabase>, change: impl FnOnce(&mut Settings)) -> Self {
        let site = Self { database: Some(database.clone()), ..Self::unready(&database.options(), change) };
        eventually("the site is ready", async || site.app.readiness().is_ready()).await;
        site
    }

    /// A site that has only just started.
    pub(crate) fn unready(options: &PgConnectOptions, change: impl FnOnce(&mut Settings)) -> Self {
        // Few, since as many sites run at one time as there are processors.
        let mut settings = Settings { read_connections: 2, write_connections: 2, ..Settings::default() };
        change(&mut settings);
        Self { app: Arc::new(App::start(&settings, options)), database: None }
    }

    /// Its database.
    pub(crate) fn database(&self) -> Arc<TestDatabase> {
        self.database.clone().expect("a site that started over a database")
    }

    /// A new connection to its database, past the site.
    pub(crate) async fn sql(&self) -> PgConnection {
        self.database().connect().await
    }

    /// Sends a GET request.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[]).await
    }

    /// Sends a GET request with these headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(Method::GET, path, headers).await
    }

    /// Sends a request without a body.
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
        let uri: Uri = path.parse().unwrap_or_else(|err| panic!("{path}: {err}"));
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a POST request with this JSON.
    pub(crate) async fn post(&self, path: &str, json: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = Request::post(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(Body::from(json.to_owned())).unwrap()).await
    }

    /// Sends any request.
    pub(crate) async fn request(&self, request: Request<Body>) -> Reply {
        let peer: Option<Peer> = request.extensions().get().copied();
        let (head, body) = self.app.site().respond(request, peer).await.into_parts();
        let body = body.collect().await.expect("bodies lie in memory").to_bytes();
        Reply { status: head.status, headers: head.headers, body }
    }
}

/// An answer. Displays as the bytes that matter: status, headers in order, body.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// The body, which must be text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|err| panic!("{err}: {:?}", self.body))
    }

    /// The one value of a header; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        let value = values.next().unwrap_or_default();
        assert_eq!(values.next(), None, "{name} is there twice");
        value
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        let mut names: Vec<&HeaderName> = self.headers.keys().collect();
        names.sort_by_key(|name| name.as_str());
        // Another one each time.
        for name in names.into_iter().filter(|name| *name != "x-request-id") {
            for value in self.headers.get_all(name) {
                writeln!(f, "{name}: {}", value.to_str().unwrap())?;
            }
        }
        write!(f, "\n{}", self.text())
    }
}
