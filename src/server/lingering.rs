//! Closes a connection whose client may still be sending: a body that was not read, or a head that was refused.
//!
//! A system that closes a socket with unread bytes, or receives some afterwards, resets the connection, and the client may
//! lose the response that it has not read yet. So, as NGINX's `lingering_close` does, what the client sends is read and
//! discarded, up to a limit.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The most that is read, in bytes: larger than any body that a client might send by mistake.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How long the client may send nothing.
const MAX_SILENCE: Duration = Duration::from_secs(5);
/// How long all of it may take.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Ends the response, and closes the connection when the client has closed it or a limit is reached.
pub(super) async fn close(mut stream: TcpStream) {
    // It fails where the client has gone.
    if stream.shutdown().await.is_ok() {
        let _ = timeout(MAX_TIME, discard_all(&stream)).await;
    }
}

async fn discard_all(stream: &TcpStream) {
    let mut total = 0;
    while total < MAX_BYTES {
        let Ok(Ok(())) = timeout(MAX_SILENCE, stream.readable()).await else { return };
        match discard(stream) {
            Ok(count @ 1..) => total += count,
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => {}
            // The client has closed the connection.
            Ok(0) | Err(_) => return,
        }
    }
}

/// Reads what has arrived. A function of its own, so that the task does not hold the buffer.
fn discard(stream: &TcpStream) -> io::Result<usize> {
    stream.try_read(&mut [0; 16 * 1024])
}
