//! From a line of CSV to a line for COPY, which the loader does seventy million times.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use loader::copy_line;

const LINES: [(&str, &str, &str); 4] = [
    ("a sku", "skus.csv", r#"355,46,"11",11"#),
    (
        "a photo",
        "photos.csv",
        r#"37,7,"https://images.example/photo-1549831243?w=2000&q=80","https://images.example/photo-1549831243?w=300&q=80""#,
    ),
    (
        "a review",
        "reviews.csv",
        r#"1,1,5,1596080481467,"This product was great!","I really did or did not like this product based on whether it was sustainably sourced. Then I found out that its made from nothing at all.",true,false,"funtime","first.last@gmail.com",null,8"#,
    ),
    ("a damaged sku", "skus.csv", r#" 355 ,46, "11", 11"#),
];

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("csv line to copy line");
    for (name, file, line) in LINES {
        let mut out = Vec::with_capacity(1 << 10);
        group.throughput(Throughput::Bytes(line.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                assert!(copy_line(file, black_box(line.as_bytes()), &mut out));
                out.len()
            });
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
