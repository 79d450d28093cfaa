//! GETs whose responses are cached: each is defined once, for hits and misses alike.

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use http::{HeaderMap, Response};
use http_body_util::Full;

use super::error::Error;
use super::response::{Policy, accepted_encoding, respond};
use super::target::{FromTarget, Target};
use crate::cache::{Body, Cache, Key};
use crate::database::error::JobError;
use crate::database::position::{Minimum, Read};

/// A GET whose responses are cached.
pub trait CachedGet: Send + Sync + 'static {
    /// The parameters of its path and query string.
    type Params: FromTarget + Send + 'static;
    /// What browsers and proxies may do with a response.
    const POLICY: Policy;
    /// What the id of the key's subject is the id of: `product`. Its 404 says so.
    const RESOURCE: &'static str;

    /// Under which key the response is cached.
    fn key(&self, params: &Self::Params) -> Key;

    /// Loads the body, which must include `minimum`; None where the resource does not exist.
    fn load(
        &self,
        params: Self::Params,
        minimum: Minimum,
    ) -> impl Future<Output = Result<Read<Option<Body>>, JobError>> + Send;
}

/// A [`CachedGet`] of any parameters.
pub trait CachedEndpoint: Send + Sync {
    /// Parses what a request asks for.
    fn parse(&self, target: &Target<'_>) -> Result<CachedRequest<'_>, Error>;
}

/// A request for a [`CachedGet`].
pub struct CachedRequest<'a> {
    key: Key,
    policy: Policy,
    resource: &'static str,
    load: Load<'a>,
}

type Load<'a> = Box<dyn FnOnce(Minimum) -> Loading<'a> + Send + 'a>;
type Loading<'a> = BoxFuture<'a, Result<Read<Option<Body>>, JobError>>;

impl<G: CachedGet> CachedEndpoint for G {
    fn parse(&self, target: &Target<'_>) -> Result<CachedRequest<'_>, Error> {
        let params = G::Params::from_target(target)?;
        let key = self.key(&params);
        let load = Box::new(move |minimum| self.load(params, minimum).boxed());
        Ok(CachedRequest { key, policy: G::POLICY, resource: G::RESOURCE, load })
    }
}

impl CachedRequest<'_> {
    /// The response, from the cache or loaded, to a request with these headers.
    pub async fn respond(self, cache: &Cache, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Error> {
        let body = cache.get_or_load(self.key, accepted_encoding(headers), self.load).await?;
        let body = body.ok_or(Error::NotFound(self.resource, self.key.subject.id))?;
        Ok(respond(&body, &self.policy, headers))
    }
}
