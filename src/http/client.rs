//! The client of a request: the other end of its connection, and whether it uses https.

use std::net::{IpAddr, Ipv4Addr};

use http::{Extensions, HeaderMap};

use crate::config::Networks;

const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The address of the other end of a request's connection: an extension that the server adds to the request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The peer of a request; the unspecified address where a request has no connection.
    fn of(extensions: &Extensions) -> IpAddr {
        extensions.get::<Self>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.to_canonical())
    }
}

/// The proxies whose `X-Forwarded-Proto` is believed. Anyone can send that header; only theirs counts.
#[derive(Clone, Debug, Default)]
pub struct Proxies(pub Networks);

impl Proxies {
    /// Whether the client uses https, by the header of a trusted proxy.
    #[must_use]
    pub fn is_https(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        let last = headers.get_all(FORWARDED_PROTO).iter().next_back();
        let scheme = last.and_then(|line| line.as_bytes().rsplit(|byte| *byte == b',').next());
        self.0.contain(Peer::of(extensions))
            && scheme.is_some_and(|scheme| scheme.trim_ascii().eq_ignore_ascii_case(b"https"))
    }
}
