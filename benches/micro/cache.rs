//! A cache hit, and inserting a body: identity and compressed.

use std::hint::black_box;
use std::time::Duration;

use atelier::cache::{Body, Cache, Encoding, Key, Subject};
use atelier::telemetry::metrics::Metrics;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

const KEYS: i64 = 50_000;

/// The styles of a product: about 2 KB.
fn document() -> String {
    let styles: Vec<_> = (1..=4)
        .map(|id| {
            format!(
                r#"{{"style_id":{id},"name":"Ocean Blue & Grey","original_price":"140.00","sale_price":null,"default?":false,"photos":[{{"thumbnail_url":"https://images.example/photo-{id}?w=300&q=80","url":"https://images.example/photo-{id}?w=2000&q=80"}}],"skus":{{"{id}1":{{"quantity":8,"size":"XS"}},"{id}2":{{"quantity":16,"size":"S"}},"{id}3":{{"quantity":17,"size":"M"}},"{id}4":{{"quantity":10,"size":"L"}}}}}}"#
            )
        })
        .collect();
    format!(r#"{{"product_id":"1","results":[{}]}}"#, styles.join(","))
}

fn key(id: i64) -> Key {
    Key { subject: Subject { topic: "products", id }, view: "styles", offset: 0, count: 0 }
}

async fn get(cache: &Cache, id: i64, encoding: Encoding, document: &str) -> usize {
    let read = async |_| Ok(Some(Body::new(document.as_bytes(), Vec::new())));
    let found = cache.get(key(id), encoding, read).await;
    found.ok().flatten().map_or(0, |body| body.bytes().len())
}

fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let document = document();
    let long = Duration::from_hours(1);
    let cache = Cache::new(1 << 30, long, long, None, &Metrics::default());
    runtime.block_on(async {
        for id in 0..KEYS {
            get(&cache, id, Encoding::Identity, &document).await;
        }
    });
    criterion.bench_function("cache: hit, one key", |bencher| {
        bencher.to_async(&runtime).iter(|| get(&cache, 1, Encoding::Identity, &document));
    });
    let mut id = 0;
    criterion.bench_function("cache: hit, 50,000 keys", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            // A stride that is coprime with the number of keys.
            id = (id + 31_337) % KEYS;
            get(&cache, id, Encoding::Identity, &document)
        });
    });
    criterion.bench_function("document to body: identity", |bencher| {
        bencher.iter(|| Body::new(black_box(document.as_bytes()), Vec::new()));
    });
    for (name, encoding) in [("gzip", Encoding::Gzip), ("brotli", Encoding::Brotli)] {
        // A small cache and a new key each time: all are misses.
        let cache = Cache::new(1 << 20, long, long, None, &Metrics::default());
        let mut id = KEYS;
        criterion.bench_function(&format!("document to body: {name}, and into the cache"), |bencher| {
            bencher.to_async(&runtime).iter(|| {
                id += 1;
                get(&cache, id, encoding, &document)
            });
        });
    }
}

criterion_group!(all, benches);
criterion_main!(all);
