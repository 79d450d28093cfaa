//! Proxies whose `X-Forwarded-Proto` is trusted.

use std::net::IpAddr;
use std::sync::Arc;

use http::{Extensions, HeaderMap};

use crate::config::{List, Network};

const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The address at the other end of a request's connection. The server inserts it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The proxies whose `X-Forwarded-Proto` is trusted: anyone can send the header.
#[derive(Clone, Debug)]
pub struct Proxies(pub Arc<List<Network>>);

impl Proxies {
    /// Whether the client, as far as a trusted proxy says, uses https.
    #[must_use]
    pub fn is_https(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        let last = headers.get_all(FORWARDED_PROTO).iter().next_back();
        let scheme = last.and_then(|line| line.as_bytes().rsplit(|byte| *byte == b',').next());
        extensions.get::<Peer>().is_some_and(|peer| self.trust(peer.0.to_canonical()))
            && scheme.is_some_and(|scheme| scheme.trim_ascii().eq_ignore_ascii_case(b"https"))
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}
