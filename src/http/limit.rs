//! How much each client may write.
//!
//! A client is a shopper, so that many behind one address don't stand in each other's way; but only one who has written
//! before: else a new cookie with each request would be a new client each time. Whoever is not known is counted by
//! address, and so that nobody collects shoppers, each address has its limit too.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderName, HeaderValue};
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::client::Proxies;
use super::error::Error;
use super::shopper::Shopper;
use crate::config::Settings;

/// How many times a client's limit all clients of an address have together: an office, a mobile network.
const CLIENTS_PER_ADDRESS: u32 = 50;
/// Clients that are counted at one time, some 400 bytes each: beyond that, who wrote longest ago is forgotten.
const MAX_CLIENTS: u64 = 100_000;
/// How long a shopper stays known.
const MIN_MEMORY: Duration = Duration::from_mins(10);

/// The headers that tell a client where it stands, by the names that are most widely read (those of
/// draft-ietf-httpapi-ratelimit-headers up to its seventh version).
pub(super) const HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];

/// The limit of writes. Clones count together.
#[derive(Clone)]
pub struct WriteLimit {
    proxies: Proxies,
    clients: Arc<Buckets<Client>>,
    addresses: Arc<Buckets<IpAddr>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    Shopper(Shopper),
    Address(IpAddr),
}

impl WriteLimit {
    /// The limit of these settings; None where they set none.
    #[must_use]
    pub fn new(settings: &Settings, proxies: &Proxies) -> Option<Self> {
        let rate = NonZeroU32::new(settings.write_rate_per_s)?;
        let burst = NonZeroU32::new(settings.write_burst)?;
        let all = NonZeroU32::new(CLIENTS_PER_ADDRESS)?;
        Some(Self {
            proxies: proxies.clone(),
            clients: Arc::new(Buckets::new(rate, burst)),
            addresses: Arc::new(Buckets::new(rate.saturating_mul(all), burst.saturating_mul(all))),
        })
    }

    /// Counts a write.
    fn count(&self, address: IpAddr, shopper: Option<Shopper>) -> Standing {
        let address = network(address);
        let shopper = shopper.map(Client::Shopper);
        let known = shopper.filter(|shopper| self.clients.know(shopper));
        let standing = self.clients.count(&known.unwrap_or(Client::Address(address)));
        if standing.retry_after.is_some() {
            return standing;
        }
        let all = self.addresses.count(&address);
        if all.retry_after.is_some() {
            return all;
        }
        match shopper.filter(|_| known.is_none()) {
            Some(newly_known) => self.clients.count(&newly_known),
            None => standing,
        }
    }
}

/// Lets writes pass within their limit, and tells clients where they stand.
pub(super) async fn limit_writes(State(limit): State<WriteLimit>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let address = limit.proxies.client(request.headers(), request.extensions());
    let standing = limit.count(address, Shopper::of(request.headers()));
    let mut response = match standing.retry_after {
        Some(retry_after) => Error::TooManyWrites(retry_after).into_response(),
        None => next.run(request).await,
    };
    let numbers = [standing.limit, standing.remaining, standing.reset_s].map(HeaderValue::from);
    response.headers_mut().extend(HEADERS.into_iter().zip(numbers));
    response
}

/// What counts as one address: who has one of IPv6 has a whole network of them, of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Where a client stands after a write.
struct Standing {
    limit: u32,
    remaining: u32,
    /// When the whole burst is there again.
    reset_s: u32,
    /// Set where the write is refused.
    retry_after: Option<Duration>,
}

/// Clients of a kind, each with the same limit.
struct Buckets<K: Key> {
    limiter: RateLimiter<K, Levels<K>, MonotonicClock, StateInformationMiddleware>,
    levels: Levels<K>,
    rate: NonZeroU32,
    burst: NonZeroU32,
}

impl<K: Key> Buckets<K> {
    fn new(rate: NonZeroU32, burst: NonZeroU32) -> Self {
        // Nobody is forgotten before the whole burst is there again.
        let memory = MIN_MEMORY.max(Duration::from_secs((burst.get() / rate).into()));
        let levels = Cache::builder().max_capacity(MAX_CLIENTS).time_to_idle(memory);
        let levels = Levels(levels.eviction_policy(EvictionPolicy::lru()).build());
        let quota = Quota::per_second(rate).allow_burst(burst);
        let limiter = RateLimiter::new(quota, levels.clone(), MonotonicClock);
        Self { limiter, levels, rate, burst }
    }

    fn know(&self, client: &K) -> bool {
        self.levels.0.contains_key(client)
    }

    fn count(&self, client: &K) -> Standing {
        let (remaining, retry_after) = match self.limiter.check_key(client) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(refusal) => (0, Some(refusal.wait_time_from(self.limiter.clock().now()))),
        };
        let limit = self.burst.get();
        Standing { limit, remaining, reset_s: (limit - remaining).div_ceil(self.rate.get()), retry_after }
    }
}

/// What clients are told apart by.
trait Key: Clone + Eq + Hash + Send + Sync + 'static {}
impl<K: Clone + Eq + Hash + Send + Sync + 'static> Key for K {}

/// What each client has used up, for as long as that matters.
#[derive(Clone)]
struct Levels<K: Key>(Cache<K, Nanos>);

impl<K: Key> StateStore for Levels<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut outcome = None;
        self.0.entry_by_ref(key).and_compute_with(|level| {
            match measure(level.map(moka::Entry::into_value)) {
                Ok((told, level)) => {
                    outcome = Some(Ok(told));
                    Op::Put(level)
                }
                Err(refusal) => {
                    outcome = Some(Err(refusal));
                    Op::Nop
                }
            }
        });
        outcome.expect("it is measured once")
    }
}
