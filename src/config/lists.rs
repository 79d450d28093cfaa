//! The kinds of values that are lists, with commas between the items.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;
use ipnet::IpNet;
use url::Url;

use super::values::value;

/// The items of a list.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// A part of the API that can run on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Products, styles, related products.
    Products,
    /// Questions and answers.
    Questions,
    /// Reviews and their summaries.
    Reviews,
    /// The shopper's cart.
    Cart,
    /// Clicks.
    Interactions,
}

/// The services of a process: at least one.
#[derive(Clone, Debug)]
pub struct Services(Vec<Service>);

value!(
    Services,
    "one or more of products, questions, reviews, cart, interactions, separated by commas",
    |text| {
        let service = |name| match name {
            "products" => Some(Service::Products),
            "questions" => Some(Service::Questions),
            "reviews" => Some(Service::Reviews),
            "cart" => Some(Service::Cart),
            "interactions" => Some(Service::Interactions),
            _ => None,
        };
        items(text).map(service).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty()).map(Self)
    }
);

impl Services {
    /// The services, each once, in the order of [`Service`].
    pub fn iter(&self) -> impl Iterator<Item = Service> {
        let all =
            [Service::Products, Service::Questions, Service::Reviews, Service::Cart, Service::Interactions];
        all.into_iter().filter(|service| self.0.contains(service))
    }
}

/// Networks of IP addresses. An address is a network of one. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Networks(Arc<[IpNet]>);

value!(Networks, "a list of addresses and networks, separated by commas: 10.0.0.0/8,::1", |text| {
    let network = |name: &str| name.parse().or_else(|_| name.parse::<IpAddr>().map(IpNet::from));
    items(text).map(network).collect::<Result<_, _>>().ok().map(Self)
});

impl Networks {
    /// Whether the address lies in one of them.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Origins whose pages may send requests.
#[derive(Clone, Debug)]
pub enum Origins {
    /// All, but without cookies.
    Any,
    /// These, with cookies: at least one.
    Named(Vec<HeaderValue>),
}

value!(Origins, "* or origins separated by commas: https://shop.example,http://localhost:8080", |text| {
    match text {
        "*" => Some(Self::Any),
        _ => {
            items(text).map(origin).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty()).map(Self::Named)
        }
    }
});

/// The origin as browsers write it: lower case, without a path, and without its scheme's default port.
fn origin(name: &str) -> Option<HeaderValue> {
    let url = Url::parse(name).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    (is_bare && is_anonymous).then(|| HeaderValue::try_from(url.origin().ascii_serialization()).ok())?
}
