//! The body of a request, which knows whether all of it was read.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::request_head::RequestHead;

/// The body of a request.
pub(super) struct RequestBody {
    body: Incoming,
    /// Where it is noted that the body was read; None where there is none to read.
    head: Option<Arc<RequestHead>>,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, head: &Arc<RequestHead>) -> Self {
        let head = head.has_unread_body().then(|| Arc::clone(head));
        Self { body, head }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none()
            && let Some(head) = self.head.take()
        {
            head.body_was_read();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
