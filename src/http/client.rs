//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::{Extensions, HeaderMap};

use crate::config::Networks;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The other end of the connection that a request came by: laid beside it by the server.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The peer of a request. All requests that came by no connection have the same.
    fn of(extensions: &Extensions) -> IpAddr {
        extensions.get::<Self>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.to_canonical())
    }
}

/// The proxies whose word is taken for what lies behind them. Anyone can send the headers; only theirs count.
#[derive(Clone, Debug, Default)]
pub struct Proxies(pub Networks);

impl Proxies {
    /// The client's address: the peer's, or, for as long as that is a trusted proxy's, the one it says it forwards for.
    #[must_use]
    pub fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        let mut client = Peer::of(extensions);
        // Each proxy adds whom it was asked by at the end.
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        for hop in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
            match address(hop) {
                Some(address) if self.0.contain(client) => client = address,
                _ => break,
            }
        }
        client
    }

    /// Whether the client, as far as we are told, asks by https.
    #[must_use]
    pub fn is_https(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        let last = headers.get_all(FORWARDED_PROTO).iter().next_back();
        let scheme = last.and_then(|line| line.as_bytes().rsplit(|byte| *byte == b',').next());
        self.0.contain(Peer::of(extensions))
            && scheme.is_some_and(|scheme| scheme.trim_ascii().eq_ignore_ascii_case(b"https"))
    }
}

/// An address, whatever its dress: `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:4711`.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()))?;
    Some(address.to_canonical())
}
