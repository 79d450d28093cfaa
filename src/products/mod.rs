//! Products, their styles and related products: `GET /products…`, `/styles`, `/related`.

use std::sync::Arc;

use crate::cache::{Body, Cache, Key, Subject};
use crate::database::batches::JobError;
use crate::database::reads::Reads;
use crate::http::error::Error;
use crate::http::paging::list_headers;
use crate::http::path::PathId;
use crate::http::query::Params;
use crate::http::reply::{Policy, Wanted};
use crate::http::routes::Routes;
use crate::state::Backing;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

mod model;
mod queries;

use model::{Document, ListProductsParams, ProductParams, Start};
use queries::{ProductKey, ProductReads};

/// What changes of products are called, in the cache and in notifications.
pub const TOPIC: &str = "products";
/// No client writes the catalogue: a browser may show what it has for a minute, and an old answer rather than none.
/// An NGINX of ours shows it for a second, which takes the weight of a product that all look at, and then asks whether
/// it still holds: a correction in the database is seen there a second later than here.
const POLICY: Policy = Policy {
    cache_control: "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400",
    nginx_expires: Some("1"),
};

/// The routes of this feature.
pub fn routes() -> Routes {
    use Document::{Product, Related, Styles};
    Routes::new()
        .kept("/products", get(list_products), &POLICY, |target| {
            Some(target.params::<ListProductsParams>()?.key())
        })
        .kept("/products/{id}", get(find_product), &POLICY, |target| Some(Product.key(target.id()?)))
        .kept("/products/{id}/styles", get(find_product_styles), &POLICY, |target| {
            Some(Styles.key(target.id()?))
        })
        .kept("/products/{id}/related", get(find_related_products), &POLICY, |target| {
            Some(Related.key(target.id()?))
        })
        .kept("/styles", get(find_product_styles_by_query), &POLICY, |target| {
            Some(Styles.key(target.params::<ProductParams>()?.product_id))
        })
        .kept("/related", get(find_related_products_by_query), &POLICY, |target| {
            Some(Related.key(target.params::<ProductParams>()?.product_id))
        })
}

/// What the handlers of this feature work with.
pub struct Products {
    cache: Cache,
    reads: Reads<ProductReads>,
}

impl Document {
    fn key(self, product_id: i64) -> Key {
        let subject = Subject { topic: TOPIC, id: product_id };
        Key { subject, view: self.name(), offset: 0, count: 0 }
    }
}

impl ListProductsParams {
    fn key(&self) -> Key {
        // Two views, since an offset and an id can be the same number.
        let (view, offset) = match self.start() {
            Start::Offset(offset) => ("list", offset),
            Start::After(id) => ("list after", id),
        };
        let subject = Subject { topic: TOPIC, id: Subject::LISTS };
        Key { subject, view, offset, count: self.paging.count }
    }
}

impl Products {
    /// The feature over these.
    #[must_use]
    pub fn new(backing: &Backing) -> Self {
        Self { cache: backing.cache.clone(), reads: Reads::new(&backing.servers, backing.queue) }
    }

    async fn reply_with(
        &self,
        document: Document,
        product_id: i64,
        wanted: &Wanted,
    ) -> Result<Response, Error> {
        let read = async |since| {
            let answer = self.reads.ask(ProductKey::Document { document, product_id }, since).await?;
            Ok::<_, JobError>(answer.map(|answer| Body::new(answer.body.as_bytes(), Vec::new())))
        };
        let body = self.cache.get(document.key(product_id), wanted.encoding, read).await?;
        Ok(wanted.reply(&body.ok_or(Error::NotFound("product"))?, &POLICY))
    }
}

async fn list_products(
    State(products): State<Arc<Products>>,
    Params(params): Params<ListProductsParams>,
    wanted: Wanted,
) -> Result<Response, Error> {
    let (start, count) = (params.start(), params.paging.count);
    let read = async |since| {
        let answer = products.reads.ask(ProductKey::Page { start, count }, since).await?;
        Ok::<_, JobError>(answer.map(|answer| {
            let headers = answer.surroundings.map(|around| list_headers(&params.links(around), around.total));
            Body::new(answer.body.as_bytes(), headers.unwrap_or_default())
        }))
    };
    let body = products.cache.get(params.key(), wanted.encoding, read).await?;
    Ok(wanted.reply(&body.ok_or(Error::NotFound("page"))?, &POLICY))
}

async fn find_product(
    State(products): State<Arc<Products>>,
    PathId(id): PathId,
    wanted: Wanted,
) -> Result<Response, Error> {
    products.reply_with(Document::Product, id, &wanted).await
}

async fn find_product_styles(
    State(products): State<Arc<Products>>,
    PathId(id): PathId,
    wanted: Wanted,
) -> Result<Response, Error> {
    products.reply_with(Document::Styles, id, &wanted).await
}

async fn find_related_products(
    State(products): State<Arc<Products>>,
    PathId(id): PathId,
    wanted: Wanted,
) -> Result<Response, Error> {
    products.reply_with(Document::Related, id, &wanted).await
}

async fn find_product_styles_by_query(
    State(products): State<Arc<Products>>,
    Params(params): Params<ProductParams>,
    wanted: Wanted,
) -> Result<Response, Error> {
    products.reply_with(Document::Styles, params.product_id, &wanted).await
}

async fn find_related_products_by_query(
    State(products): State<Arc<Products>>,
    Params(params): Params<ProductParams>,
    wanted: Wanted,
) -> Result<Response, Error> {
    products.reply_with(Document::Related, params.product_id, &wanted).await
}
