//! GETs whose responses are cached: each is defined once, for hits and misses alike.

use bytes::Bytes;
use futures_util::future::BoxFuture;
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
    type Params: FromTarget + Send;
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
    /// The response: cached, or else loaded and cached.
    fn respond<'a>(
        &'a self,
        cache: &'a Cache,
        target: Target<'a>,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Response<Full<Bytes>>, Error>>;
}

impl<G: CachedGet> CachedEndpoint for G {
    fn respond<'a>(
        &'a self,
        cache: &'a Cache,
        target: Target<'a>,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Response<Full<Bytes>>, Error>> {
        Box::pin(async move {
            let params = G::Params::from_target(&target)?;
            let key = self.key(&params);
            let load = |minimum| self.load(params, minimum);
            let body = cache.get_or_load(key, accepted_encoding(headers), load).await?;
            let body = body.ok_or(Error::NotFound(G::RESOURCE, key.subject.id))?;
            Ok(respond(&body, &G::POLICY, headers))
        })
    }
}
