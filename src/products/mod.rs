//! Products, their styles and related products: `GET /products…`, `/styles`, `/related`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderName, HeaderValue};

use crate::cache::{Body, Cache, Key, Subject};
use crate::database::batches::JobError;
use crate::database::reads::Reads;
use crate::http::error::Error;
use crate::http::paging::list_headers;
use crate::http::path::PathId;
use crate::http::query::Params;
use crate::http::reply::Wanted;
use crate::http::routes::Routes;
use crate::state::Backing;

mod model;
mod queries;

use model::{Document, ListProductsParams, ProductParams, Start};
pub(crate) use queries::count;
use queries::{ProductKey, ProductReads};

/// What changes of products are called, in the cache and in notifications.
pub const TOPIC: &str = "products";
/// No client writes the catalogue: a browser may show what it has for a minute, and an old answer rather than none.
const CACHE_CONTROL: &str = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400";
/// NGINX keeps such an answer, and takes it for old from the start: it asks each time whether the answer still holds,
/// and has something to show where nobody answers. So what it shows is as true as what we do.
const NGINX_EXPIRES: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-expires"), HeaderValue::from_static("@1"));

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route("/products", get(list_products))
        .route("/products/{id}", get(find_product))
        .route("/products/{id}/styles", get(find_product_styles))
        .route("/products/{id}/related", get(find_related_products))
        .route("/styles", get(find_product_styles_by_query))
        .route("/related", get(find_related_products_by_query))
}

/// What the handlers of this feature work with.
pub struct Products {
    cache: Cache,
    reads: Reads<ProductReads>,
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
        let subject = Subject { topic: TOPIC, id: product_id };
        let key = Key { subject, view: document.name(), offset: 0, count: 0 };
        let read = async |since| {
            let answer = self.reads.ask(ProductKey::Document { document, product_id }, since).await?;
            Ok::<_, JobError>(answer.map(|answer| Body::new(answer.body.into(), Vec::new())))
        };
        let body = self.cache.get(key, wanted.encoding, read).await?.ok_or(Error::NotFound("product"))?;
        Ok(reply(wanted, &body))
    }
}

fn reply(wanted: &Wanted, body: &Arc<Body>) -> Response {
    let mut response = wanted.reply(body, CACHE_CONTROL);
    response.headers_mut().extend([NGINX_EXPIRES]);
    response
}

async fn list_products(
    State(products): State<Arc<Products>>,
    Params(params): Params<ListProductsParams>,
    wanted: Wanted,
) -> Result<Response, Error> {
    let (start, count) = (params.start(), params.paging.count);
    // Two views, since an offset and an id can be the same number.
    let (view, offset) = match start {
        Start::Offset(offset) => ("list", offset),
        Start::After(id) => ("list after", id),
    };
    let key = Key { subject: Subject { topic: TOPIC, id: Subject::LISTS }, view, offset, count };
    let read = async |since| {
        let answer = products.reads.ask(ProductKey::Page { start, count }, since).await?;
        Ok::<_, JobError>(answer.map(|answer| {
            let headers = answer.surroundings.map(|around| list_headers(&params.links(around), around.total));
            Body::new(answer.body.into(), headers.unwrap_or_default())
        }))
    };
    let body = products.cache.get(key, wanted.encoding, read).await?.ok_or(Error::NotFound("page"))?;
    Ok(reply(&wanted, &body))
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
