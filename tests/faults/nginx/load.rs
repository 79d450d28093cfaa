//! Clients of NGINX that send requests, one after the other, until they are stopped.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::HeaderMap;
use tokio::task::JoinSet;

use super::deployment::Deployment;
use crate::databases::eventually;
use crate::http_client::{Client, connect, exchange};

const READERS: usize = 8;
const CREATORS: usize = 3;
const VOTERS: usize = 3;

/// How many routes the clients request.
pub(super) const REQUEST_KINDS: usize = 5;

/// A response of NGINX. Without one, the status is 0.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Sends a request on a new connection.
pub(super) async fn send(address: SocketAddr, request: Request<Full<Bytes>>) -> Answer {
    let Some(mut client) = connect(address).await else { return Answer::default() };
    answer(&mut client, request).await.unwrap_or_default()
}

/// Sends a GET on a new connection.
pub(super) async fn get(address: SocketAddr, path: &str) -> Answer {
    send(address, request("GET", path, None, "")).await
}

/// A request, with an `Idempotency-Key` or without.
pub(super) fn request(method: &str, path: &str, key: Option<&str>, body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.body(Full::from(body.to_owned())).expect("a request")
}

async fn answer(client: &mut Client, request: Request<Full<Bytes>>) -> Option<Answer> {
    let (head, body) = exchange(client, request).await?.into_parts();
    let body = String::from_utf8_lossy(&body).into_owned();
    Some(Answer { status: head.status.as_u16(), headers: head.headers, body })
}

/// What the clients of a load got.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) reads: Vec<Answer>,
    pub(super) creations: Vec<Answer>,
    pub(super) votes: Vec<Answer>,
}

/// Running clients: they read, create interactions with an `Idempotency-Key`, and vote.
pub(super) struct Load {
    shared: Arc<Shared>,
    clients: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    is_stopped: AtomicBool,
    next: AtomicUsize,
    answers: Mutex<Answers>,
}

impl Load {
    /// Starts clients that only read.
    pub(super) fn readers(deployment: &Deployment) -> Self {
        let (shared, mut clients) = (Arc::new(Shared::default()), JoinSet::new());
        for _ in 0..READERS {
            let shared = Arc::clone(&shared);
            clients.spawn(run(deployment.nginx.address, shared, read, |answers| &mut answers.reads));
        }
        Self { shared, clients }
    }

    /// Starts clients of all kinds.
    pub(super) fn start(deployment: &Deployment) -> Self {
        let Self { shared, mut clients } = Self::readers(deployment);
        let address = deployment.nginx.address;
        for _ in 0..CREATORS {
            clients.spawn(run(address, Arc::clone(&shared), create, |answers| &mut answers.creations));
        }
        for _ in 0..VOTERS {
            clients.spawn(run(address, Arc::clone(&shared), vote, |answers| &mut answers.votes));
        }
        Self { shared, clients }
    }

    /// Waits until this many more requests were answered.
    pub(super) async fn answered(&self, count: usize) {
        let before = self.count();
        eventually("the load is answered", async || self.count() >= before + count).await;
    }

    /// How many requests were answered.
    pub(super) fn count(&self) -> usize {
        let answers = self.shared.answers.lock().expect("nothing panics with the lock");
        answers.reads.len() + answers.creations.len() + answers.votes.len()
    }

    /// Stops the clients, each after its request, and returns what they got.
    pub(super) async fn stop(self) -> Answers {
        self.shared.is_stopped.store(true, Ordering::Relaxed);
        self.clients.join_all().await;
        std::mem::take(&mut self.shared.answers.lock().expect("nothing panics with the lock"))
    }
}

fn read(number: usize) -> Request<Full<Bytes>> {
    let id = 1 + number % 100;
    let path = match number % 3 {
        0 => format!("/products/{id}"),
        1 => format!("/qa/questions?product_id={id}"),
        // It is not cached yet.
        _ => format!("/qa/questions/{id}/answers?page={number}"),
    };
    request("GET", &path, None, "")
}

fn create(number: usize) -> Request<Full<Bytes>> {
    let body = format!(r#"{{"element":"button","widget":"questions","time":"{number}"}}"#);
    request("POST", "/interactions", Some(&number.to_string()), &body)
}

fn vote(number: usize) -> Request<Full<Bytes>> {
    request("PUT", &format!("/qa/questions/{}/helpful", 1 + number % 100), None, "")
}

async fn run(
    address: SocketAddr,
    shared: Arc<Shared>,
    next: fn(usize) -> Request<Full<Bytes>>,
    list: fn(&mut Answers) -> &mut Vec<Answer>,
) {
    let mut client = None;
    while !shared.is_stopped.load(Ordering::Relaxed) {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        if client.is_none() {
            client = connect(address).await;
        }
        let received = match &mut client {
            Some(client) => answer(client, next(number)).await,
            None => None,
        };
        let answer = received.unwrap_or_default();
        if answer.status == 0 || answer.headers.get("connection").is_some_and(|it| it == "close") {
            client = None;
        }
        list(&mut shared.answers.lock().expect("nothing panics with the lock")).push(answer);
    }
}
