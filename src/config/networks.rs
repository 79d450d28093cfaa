//! Networks of IP addresses, as settings name them.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

use super::values::Setting;

/// Networks: `10.0.0.0/8,::1`. An address is a network of one. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Networks(Arc<[IpNet]>);

impl Networks {
    /// Whether the address lies in one of them.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl Setting for Networks {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Networks {
    type Err = String;

    /// An error says what is accepted.
    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let networks: Option<_> = named.map(network).collect();
        let accepted = "addresses and networks, separated by commas: 10.0.0.0/8,::1; or nothing";
        networks.map(Self).ok_or_else(|| accepted.to_owned())
    }
}

fn network(name: &str) -> Option<IpNet> {
    name.parse().ok().or_else(|| name.parse::<IpAddr>().ok().map(IpNet::from))
}
