//! A load while a replica serves requests: the old data, then the new, without an error in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use loader::generate::{GenerateOptions, generate};
use loader::load::{Limits, LoadOptions, load};
use loader::progress::Progress;
use sqlx::ConnectOptions as _;

use crate::databases::{TestDatabase, eventually};
use crate::http_client::get;
use crate::replica::Replica;

/// Generates a data set of this many products, and loads it.
async fn load_data_set(database: &TestDatabase, products: u64, seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let files = dir.path().join("csv");
    let data_set = GenerateOptions { products, seed, clean: true, dir: files.clone() };
    generate(&data_set, &Progress::hidden()).unwrap();
    let options = LoadOptions {
        dir: files,
        database: database.options(),
        replace: true,
        drop_written: false,
        limits: Limits::default(),
        rejects: dir.path().join("rejects"),
        repairs: dir.path().join("repairs.csv"),
        summary: None,
        jobs: 2,
    };
    load(&options, &Progress::hidden()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_serves_requests_throughout_a_load_and_then_the_new_data() {
    let database = TestDatabase::filled("").await;
    load_data_set(&database, 200, 1).await;
    let replica = Replica::ready(database.options().to_url_lossy().as_str(), &[]).await;
    let mut client = replica.connect().await;
    let (_, before) = get(&mut client, "/products?count=1000").await.unwrap();
    let is_loading = Arc::new(AtomicBool::new(true));
    let reader = tokio::spawn({
        let is_loading = is_loading.clone();
        async move {
            let mut responses = 0_u32;
            while is_loading.load(Ordering::Relaxed) {
                for id in 1..=200 {
                    let (status, _) = get(&mut client, &format!("/products/{id}/styles")).await.unwrap();
                    assert_eq!(status, 200, "product {id}");
                    responses += 1;
                }
            }
            responses
        }
    });

    load_data_set(&database, 300, 2).await;
    is_loading.store(false, Ordering::Relaxed);

    assert!(reader.await.unwrap() > 0);
    let mut client = replica.connect().await;
    eventually("the new data are served", async || {
        let (_, after) = get(&mut client, "/products?count=1000").await.unwrap();
        let products: Vec<serde_json::Value> = serde_json::from_slice(&after).unwrap();
        after != before && products.len() == 300
    })
    .await;
}
