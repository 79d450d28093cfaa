//! Documents that do not change while the process runs.

use http::HeaderValue;

use crate::cache::{Body, Key, Subject};
use crate::database::position::{Minimum, Read};
use crate::http::cached_get::{CachedGet, Loaded};
use crate::http::response::Policy;

/// A document, which is cached in order to be compressed once.
pub(super) struct StaticDocument {
    name: &'static str,
    body: Body,
}

impl StaticDocument {
    pub(super) fn new(name: &'static str, body: Body) -> Self {
        Self { name, body }
    }
}

/// Clients revalidate it: the next process may have another one.
static POLICY: Policy = Policy { cache_control: HeaderValue::from_static("no-cache"), nginx_expires: None };

impl CachedGet for StaticDocument {
    type Params = ();
    const POLICY: &'static Policy = &POLICY;
    const RESOURCE: &'static str = "document";

    fn key(&self, (): &()) -> Key {
        Key::whole(Subject { topic: "documents", id: Subject::LISTS }, self.name)
    }

    async fn load(&self, (): (), _: Minimum) -> Loaded {
        Ok(Read::fresh(Some(self.body.clone())))
    }
}
