//! GETs whose responses are cached: each is defined once, for hits and misses alike.

use bytes::Bytes;
use futures_util::future::{self, BoxFuture, FutureExt as _};
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
    const POLICY: &'static Policy;
    /// What the id of the key's subject is the id of: `product`. Its 404 says so.
    const RESOURCE: &'static str;

    /// Under which key the response is cached.
    fn key(&self, params: &Self::Params) -> Key;

    /// Loads the body, which must include `minimum`.
    fn load(&self, params: Self::Params, minimum: Minimum) -> impl Future<Output = Loaded> + Send;
}

/// A body; None where the resource does not exist.
pub type Loaded = Result<Read<Option<Body>>, JobError>;

/// A [`CachedGet`] of any parameters.
pub trait CachedEndpoint: Send + Sync {
    /// The response to a request with these headers: from the cache, or loaded.
    fn respond<'a>(
        &'a self,
        cache: &'a Cache,
        target: &Target<'_>,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Response<Full<Bytes>>, Error>>;
}

impl<G: CachedGet> CachedEndpoint for G {
    fn respond<'a>(
        &'a self,
        cache: &'a Cache,
        target: &Target<'_>,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Response<Full<Bytes>>, Error>> {
        let params = match G::Params::from_target(target) {
            Ok(params) => params,
            Err(err) => return future::ready(Err(err)).boxed(),
        };
        let key = self.key(&params);
        let id = key.subject.id;
        let load = move |minimum| self.load(params, minimum);
        let cached = cache.get_or_load(key, accepted_encoding(headers), load);
        // Mapped, not awaited in a block, which would reserve the future's memory twice.
        let responding = cached.map(move |body| {
            let body = body?.ok_or(Error::NotFound(G::RESOURCE, id))?;
            Ok(respond(&body, G::POLICY, headers))
        });
        responding.boxed()
    }
}
