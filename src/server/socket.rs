//! A client's socket, as hyper reads and writes it. It adds what hyper has no setting or hook for: a timeout for writes, a
//! copy of the request head ([`RequestHead`]), and that errors of hyper's own are not sent as they are.

use std::io;
use std::mem::take;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::StatusCode;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::request_head::RequestHead;
use super::request_id::REQUEST_ID;

/// A client's socket.
pub(super) struct Socket {
    stream: TcpStream,
    head: Arc<RequestHead>,
    write_timeout: Duration,
    /// The timeout of the write that waits; None while none does.
    timer: Option<Pin<Box<Sleep>>>,
    has_written: bool,
    /// The status of hyper's own error, which was not sent.
    error: Option<StatusCode>,
}

impl Socket {
    /// A socket whose connection ends with an error where no byte can be written for `write_timeout`.
    pub(super) fn new(stream: TcpStream, head: Arc<RequestHead>, write_timeout: Duration) -> Self {
        Self { stream, head, write_timeout, timer: None, has_written: false, error: None }
    }

    /// The status of the error that hyper would have sent, if there was one.
    pub(super) fn error(&self) -> Option<StatusCode> {
        self.error
    }

    /// Whether a part of a request has arrived that is not answered.
    pub(super) fn has_partial_head(&self) -> bool {
        !self.has_written && !self.head.is_empty()
    }

    /// The socket alone.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Writes to a socket that the system does not report as writable, or waits for that until the timeout.
    ///
    /// The system reports it when a third of the buffer is free, which a slow reader may not reach within the timeout. So the
    /// buffer is filled before the wait: that any byte can be written after it shows that the client reads.
    fn poll_blocked(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let has_waited = self.timer.is_some();
            if let Some(timer) = &mut self.timer {
                ready!(timer.as_mut().poll(cx));
            }
            match SockRef::from(&self.stream).send(bytes) {
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
            if has_waited {
                // Otherwise the system would go on to send what is in its buffer.
                let _ = self.stream.set_zero_linger();
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer = Some(Box::pin(sleep(self.write_timeout)));
        }
    }
}

/// The status of a whole response that hyper made by itself: to a head that it can't parse. It has no body and, unlike all of
/// ours, no request id. A body of ours is not mistaken for one: none has an empty line of CR LF in it.
fn own_error(bytes: &[u8]) -> Option<StatusCode> {
    const MAX_LENGTH: usize = 256;
    let is_short_error =
        bytes.len() < MAX_LENGTH && bytes.starts_with(b"HTTP/1.") && bytes.get(8..10)? == b" 4";
    if !is_short_error || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let has_id =
        bytes.windows(REQUEST_ID.as_str().len()).any(|window| window == REQUEST_ID.as_str().as_bytes());
    if has_id { None } else { StatusCode::from_bytes(&bytes[9..12]).ok() }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let start = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let is_next = take(&mut self.has_written);
        self.head.received(&buf.filled()[start..], is_next);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(status) = own_error(bytes) {
            self.error = Some(status);
            return Poll::Ready(Ok(bytes.len()));
        }
        let result = match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Ready(result) => result,
            Poll::Pending => ready!(self.poll_blocked(cx, bytes)),
        };
        self.timer = None;
        self.has_written = true;
        Poll::Ready(result)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Does nothing: hyper is done, and `connection` decides how the connection is closed.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
