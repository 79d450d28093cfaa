//! Clients that request a large response and read it slowly, or not at all.

use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep};

use crate::databases::{TestDatabase, eventually};
use crate::replica::Replica;

/// A product with 1,000 reviews of 1,100 characters: a page of 1.3 MB.
const SHOP: &str = "
    insert into products values (1, 'Camo Onesie', '', '', 'Jackets', 140);
    insert into reviews (product_id, rating, recommend, summary, body, reviewer_name, reviewer_email)
    select 1, 5, true, '', repeat('Warm. Soft. ', 92), 'a', 'a@b.example' from generate_series(1, 1000)";
const REQUEST: &[u8] = b"GET /reviews?product_id=1&count=1000 HTTP/1.1\r\nhost: a\r\n\r\n";
const PAGE_BYTES: usize = 1_100_000;

async fn start(write_timeout_ms: &str) -> (TestDatabase, Replica) {
    Replica::over(SHOP, &[("ATELIER_WRITE_TIMEOUT_MS", write_timeout_ms)]).await
}

/// Requests the page, and reads the first bytes of the response. The receive buffer is small, so that the rest stays in the
/// replica.
async fn request_page(replica: &Replica) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(replica.address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    stream
}

/// The resident memory of a process, in KiB.
fn resident_kib(replica: &Replica) -> usize {
    let status = replica.proc("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the resident size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[tokio::test]
async fn clients_that_do_not_read_take_little_memory_and_are_disconnected() {
    let (_database, replica) = start("3000").await;
    drop(request_page(&replica).await);
    let before = resident_kib(&replica);

    let mut streams = join_all((0..300).map(|_| request_page(&replica))).await;
    let growth = resident_kib(&replica).saturating_sub(before);

    // Whole copies would be 300 times 1.1 MB.
    assert!(growth < 300 * 128, "{growth} KiB");
    assert!(replica.metric("atelier_http_connections").await > 200.0, "they are connected meanwhile");
    eventually("they are disconnected", async || replica.metric("atelier_http_connections").await < 2.0)
        .await;
    let err = streams[0].read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(err.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_slow_client_that_goes_on_reading_gets_the_whole_response() {
    let (_database, replica) = start("1000").await;
    let mut stream = request_page(&replica).await;
    let started = Instant::now();

    let (mut count, mut buffer) = (0, vec![0; 64 * 1024]);
    while count < PAGE_BYTES {
        // For three times the timeout, so slowly that the system does not report the socket as writable meanwhile.
        let is_slow = started.elapsed() < Duration::from_secs(3);
        let buffer = if is_slow { &mut buffer[..512] } else { &mut buffer[..] };
        match stream.read(buffer).await {
            Ok(read @ 1..) => count += read,
            end => panic!("{end:?} after {count} bytes and {:?}", started.elapsed()),
        }
        if is_slow {
            sleep(Duration::from_millis(40)).await;
        }
    }
}

#[tokio::test]
async fn clients_that_do_not_read_do_not_hold_up_shutdown() {
    let (_database, mut replica) = start("2000").await;
    let _stream = request_page(&replica).await;

    replica.signal(Signal::SIGTERM);

    assert!(replica.wait().await.success());
    let mut log = Vec::new();
    eventually("the log says that it stopped", async || {
        log.extend(replica.take_log());
        log.iter().any(|line| line.contains("\"stopped\""))
    })
    .await;
    assert!(!log.iter().any(|line| line.contains("did not finish within the grace time")), "{log:?}");
}
