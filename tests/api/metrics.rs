//! `GET /metrics`.

use std::collections::HashSet;
use std::future::pending;

use atelier::config::Settings;
use atelier::server::accept::Server;
use axum::http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Site, eventually, lock_waits, run};

/// The value of a series, which is written with its labels; 0 if it is not exported.
async fn value(site: &Site, series: &str) -> f64 {
    let response = site.get("/metrics").await;
    let values = response.text().lines().filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    let values: Vec<f64> = values.map(|value| value.parse().unwrap()).collect();
    assert!(values.len() < 2, "{series} occurs twice");
    values.first().copied().unwrap_or_default()
}

async fn requests(site: &Site, route: &str, method: &str, status: &str) -> f64 {
    let labels = format!(r#"{{method="{method}",route="{route}",status="{status}"}}"#);
    value(site, &format!("atelier_http_requests_total{labels}")).await
}

/// Waits until a series has a value.
async fn until(site: &Site, series: &str, expected: f64) {
    eventually(series, async || (value(site, series).await - expected).abs() < 0.5).await;
}

#[tokio::test]
async fn every_metric_has_a_conventional_name_a_type_and_help() {
    let site = Site::start().await;
    site.get("/products/1").await;
    let response = site.get("/metrics").await;
    assert_eq!(response.header("content-type"), "text/plain; version=0.0.4");
    assert_eq!(response.header("cache-control"), "no-store");
    let (mut helped, mut typed) = (HashSet::new(), HashSet::new());
    for line in response.text().lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').unwrap();
            assert!(text.ends_with('.') || name.starts_with("process_"), "{line}");
            assert!(helped.insert(name), "{line}");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(kind != "counter" || name.ends_with("_total"), "{line}");
            assert!(typed.insert(name), "{line}");
        } else {
            let name = line.split(['{', ' ']).next().unwrap();
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
            let is_known = |name: &str| helped.contains(name) && typed.contains(name);
            assert!(is_known(name) || family.is_some_and(is_known), "{line}");
            assert!(name.starts_with("atelier_") || name.starts_with("process_"), "{line}");
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(
        helped.contains("atelier_build_info") && helped.contains("atelier_http_request_duration_seconds")
    );
    if cfg!(target_os = "linux") {
        assert!(
            helped.contains("process_cpu_seconds_total") && helped.contains("process_resident_memory_bytes")
        );
    }
}

#[tokio::test]
async fn requests_are_counted_by_route_method_and_status_class() {
    let site = Site::start().await;
    for path in
        ["/products/1", "/products/2/", "//products/3", "/products/1?x=y", "/products/4", "/products/abc"]
    {
        site.get(path).await;
    }
    site.get_with("/products/1", &[("if-none-match", "*")]).await;
    site.send(Method::HEAD, "/products/1", &[]).await;
    site.send(Method::DELETE, "/products/1", &[]).await;
    site.get("/products/1/styles").await;
    let route = "/products/{id}";
    for (method, status, count) in [
        ("GET", "2xx", 4.0),
        ("GET", "3xx", 1.0),
        ("GET", "4xx", 2.0),
        ("GET", "5xx", 0.0),
        ("HEAD", "2xx", 1.0),
        ("other", "4xx", 1.0),
    ] {
        assert!((requests(&site, route, method, status).await - count).abs() < 0.5, "{method} {status}");
    }
    let timed = format!(r#"atelier_http_request_duration_seconds_count{{method="GET",route="{route}"}}"#);
    until(&site, &timed, 7.0).await;
    until(
        &site,
        r#"atelier_http_requests_total{method="GET",route="/products/{id}/styles",status="2xx"}"#,
        1.0,
    )
    .await;
}

#[tokio::test]
async fn requests_without_a_route_share_one_series() {
    let site = Site::start().await;
    for path in ["/", "/nowhere", "/nowhere/else", "/products/1/2/3", "*"] {
        site.get(path).await;
    }
    assert!((requests(&site, "unmatched", "GET", "4xx").await - 5.0).abs() < 0.5);
    assert!(!site.get("/metrics").await.text().contains("nowhere"));
}

#[tokio::test]
async fn hits_misses_and_invalidations_are_counted() {
    let site = Site::start().await;
    for _ in 0..3 {
        site.get("/products/1").await;
    }
    until(&site, "atelier_cache_misses_total", 1.0).await;
    until(&site, "atelier_cache_hits_total", 2.0).await;
    until(&site, r#"atelier_cache_flushes_total{reason="listener_connected"}"#, 1.0).await;
    until(&site, r#"atelier_cache_flushes_total{reason="notification"}"#, 0.0).await;
    let invalidated = value(&site, "atelier_cache_invalidations_total").await;
    let mut sql = site.sql().await;
    run(&mut sql, "update products set name = 'Other' where id = 1").await;
    eventually("the product is invalidated", async || {
        value(&site, "atelier_cache_invalidations_total").await > invalidated
    })
    .await;
    run(&mut sql, "notify atelier, '*'").await;
    until(&site, r#"atelier_cache_flushes_total{reason="notification"}"#, 1.0).await;
    assert!(value(&site, "atelier_cache_capacity_bytes").await > 1e6);
}

#[tokio::test]
async fn database_jobs_are_measured_by_query() {
    let site = Site::start_with(|settings| (settings.read_connections, settings.queue) = (1, 1)).await;
    until(&site, r#"atelier_database_connections{pool="read"}"#, 1.0).await;
    site.get("/products/1").await;
    until(&site, r#"atelier_database_batch_jobs_sum{query="find_product_documents"}"#, 1.0).await;
    until(&site, r#"atelier_database_batch_duration_seconds_count{query="find_product_documents"}"#, 1.0)
        .await;
    let (mut sql, mut observer) = (site.sql().await, site.sql().await);
    run(&mut sql, "begin; lock table product_documents in access exclusive mode").await;
    let get = |path: &'static str| {
        let site = site.clone();
        tokio::spawn(async move { site.get(path).await.status })
    };
    let running = get("/products/2");
    eventually("the connection is busy", async || lock_waits(&mut observer).await == 1).await;
    let queued = get("/products/3");
    until(&site, r#"atelier_database_queued_jobs{query="find_product_documents"}"#, 1.0).await;
    assert_eq!(site.get("/products/5").await.status, 503);
    until(
        &site,
        r#"atelier_database_failed_jobs_total{query="find_product_documents",reason="overloaded"}"#,
        1.0,
    )
    .await;
    run(&mut sql, "commit").await;
    assert_eq!(
        (running.await.unwrap(), queued.await.unwrap()),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    until(&site, r#"atelier_database_queued_jobs{query="find_product_documents"}"#, 0.0).await;
    until(&site, r#"atelier_database_batch_jobs_count{query="find_product_documents"}"#, 3.0).await;
}

#[tokio::test]
async fn failed_jobs_are_counted_by_reason() {
    let site = Site::start_with(|settings| settings.database_timeout_ms = 200).await;
    let mut sql = site.sql().await;
    run(&mut sql, "begin; lock table product_documents in access exclusive mode").await;
    assert_eq!(site.get("/products/1").await.status, 503);
    until(
        &site,
        r#"atelier_database_failed_jobs_total{query="find_product_documents",reason="timed_out"}"#,
        1.0,
    )
    .await;
    run(&mut sql, "rollback; alter table product_documents rename to hidden_documents").await;
    eventually("the read fails", async || site.get("/products/1").await.status == 500).await;
    let failed = r#"atelier_database_failed_jobs_total{query="find_product_documents",reason="failed"}"#;
    assert!(value(&site, failed).await > 0.5);
}

#[tokio::test]
async fn readiness_and_version_are_exported() {
    let site = Site::start().await;
    until(&site, "atelier_ready", 1.0).await;
    until(&site, &format!(r#"atelier_build_info{{version="{}"}}"#, env!("CARGO_PKG_VERSION")), 1.0).await;
    site.app.readiness().drain();
    until(&site, "atelier_ready", 0.0).await;
}

#[tokio::test]
async fn open_and_rejected_connections_are_counted() {
    let site = Site::start().await;
    let settings = Settings { port: 0, max_connections: 1, ..Settings::default() };
    let server = Server::bind(settings).await.unwrap();
    let address = server.address();
    let server = tokio::spawn(server.serve(site.app.site().clone(), pending()));
    let first = TcpStream::connect(address).await.unwrap();
    until(&site, "atelier_http_connections", 1.0).await;
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(b"GET /products HTTP/1.1\r\nhost: shop.example\r\n\r\n").await.unwrap();
    let mut response = String::new();
    second.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    until(&site, "atelier_http_connections_rejected_total", 1.0).await;
    drop(first);
    until(&site, "atelier_http_connections", 0.0).await;
    server.abort();
}
