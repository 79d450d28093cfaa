//! Products, their styles and related products: `GET /products…`, `/styles`, `/related`.

use std::sync::Arc;

use http::HeaderValue;

use crate::cache::{Body, Key, Subject};
use crate::database::position::Minimum;
use crate::database::reads::{ReadPool, Reads};
use crate::http::cached_get::{CachedGet, Loaded};
use crate::http::paging::list_headers;
use crate::http::response::Policy;
use crate::http::routes::{Route, Routes};

mod model;
mod queries;

use model::{Document, ListProductsParams, PageStart, ProductId};
use queries::{FindDocuments, ListJob, ListProducts};

/// This feature's part of the OpenAPI document.
pub const OPENAPI: &str = include_str!("openapi.json");
/// The topic of products, in keys and notifications.
pub const TOPIC: &str = "products";
/// No client writes products: a browser may use a response for a minute, and an old one while the service is unavailable.
/// NGINX may send it by itself for a second, which takes the load of a product that everyone looks at, and then revalidates
/// it: a change in the database shows there a second later.
static POLICY: Policy = Policy {
    cache_control: HeaderValue::from_static(
        "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400",
    ),
    nginx_expires: Some(HeaderValue::from_static("1")),
};

/// The routes of this feature.
#[must_use]
pub fn routes(reads: &ReadPool) -> Vec<Route> {
    let documents = Arc::new(Reads::new(reads));
    Routes::new(())
        .cached("/products", ListPage { pages: Reads::new(reads) })
        .cached("/products/{id}", FindDocument::new(Document::Product, &documents))
        .cached("/products/{id}/styles", FindDocument::new(Document::Styles, &documents))
        .cached("/products/{id}/related", FindDocument::new(Document::Related, &documents))
        .cached("/styles", FindDocument::new(Document::Styles, &documents))
        .cached("/related", FindDocument::new(Document::Related, &documents))
        .build()
}

/// `GET /products`.
struct ListPage {
    pages: Reads<ListProducts>,
}

impl CachedGet for ListPage {
    type Params = ListProductsParams;
    const POLICY: &'static Policy = &POLICY;
    const RESOURCE: &'static str = "page";

    fn key(&self, params: &ListProductsParams) -> Key {
        // Two views, since the number of a page and an id can be the same. Not by the offset, which is 0 for all pages
        // without results: their links differ.
        let (view, start) = match params.start() {
            PageStart::Offset(_) => ("list", params.paging.page),
            PageStart::After(id) => ("list after", id),
        };
        let subject = Subject { topic: TOPIC, id: Subject::LISTS };
        Key { subject, view, part: [start, params.paging.count] }
    }

    async fn load(&self, params: ListProductsParams, minimum: Minimum) -> Loaded {
        let job = ListJob { start: params.start(), limit: params.paging.limit() };
        let page = self.pages.submit(job, minimum).await?;
        Ok(page.map(|page| {
            let headers = list_headers(&params.links(&page), page.total);
            Some(Body::new(page.body.as_bytes(), headers))
        }))
    }
}

/// `GET /products/{id}` and what else is stored of a product.
struct FindDocument {
    document: Document,
    documents: Arc<Reads<FindDocuments>>,
}

impl FindDocument {
    fn new(document: Document, documents: &Arc<Reads<FindDocuments>>) -> Self {
        Self { document, documents: Arc::clone(documents) }
    }
}

impl CachedGet for FindDocument {
    type Params = ProductId;
    const POLICY: &'static Policy = &POLICY;
    const RESOURCE: &'static str = "product";

    fn key(&self, ProductId(id): &ProductId) -> Key {
        Key::whole(Subject { topic: TOPIC, id: *id }, self.document.name())
    }

    async fn load(&self, ProductId(id): ProductId, minimum: Minimum) -> Loaded {
        let document = self.documents.submit((id, self.document), minimum).await?;
        Ok(document.map(|document| document.map(|text| Body::json(&text))))
    }
}
