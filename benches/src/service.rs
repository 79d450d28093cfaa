//! The names of the service that the bench relies on: paths, settings and metrics.

/// The styles of a product, `%d` being its id: the largest documents.
pub(crate) const STYLES: &str = "/products/%d/styles";
/// The first page of reviews of a product, which NGINX does not cache.
pub(crate) const REVIEWS: &str = "/reviews?product_id=%d";
/// A page of products.
pub(crate) const PRODUCTS: &str = "/products?page=%d&count=5";
/// A vote for a question.
pub(crate) const QUESTION_HELPFUL: &str = "/qa/questions/%d/helpful";
/// Answers 200 once the service takes traffic.
pub(crate) const READY: &str = "/health/ready";

/// The smallest cache that can be set.
pub(crate) const SMALLEST_CACHE: &[(&str, &str)] = &[("ATELIER_CACHE_MIB", "1")];

/// Responses in the cache.
pub(crate) const CACHE_ENTRIES: &str = "atelier_cache_entries";
/// Requests answered from the cache.
pub(crate) const CACHE_HITS: &str = "atelier_cache_hits_total";
/// Requests not answered from the cache.
pub(crate) const CACHE_MISSES: &str = "atelier_cache_misses_total";
/// Jobs that batches have sent to the database.
pub(crate) const BATCH_JOBS: &str = "atelier_database_batch_jobs_sum";

/// A path with this id.
pub(crate) fn path(pattern: &str, id: u64) -> String {
    pattern.replace("%d", &id.to_string())
}
