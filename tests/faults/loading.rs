//! A load while a server serves: old answers, then new ones, and never none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use loader::generate::{GenerateOptions, generate};
use loader::load::{Limits, LoadOptions, load};
use loader::progress::Progress;
use sqlx::ConnectOptions as _;

use crate::databases::{TestDatabase, eventually};
use crate::process::{Process, get};

async fn load_shop(database: &TestDatabase, products: u64, seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let files = dir.path().join("csv");
    let shop = GenerateOptions { products, seed, clean: true, dir: files.clone() };
    generate(&shop, &Progress::hidden()).unwrap();
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
async fn a_server_goes_on_serving_while_a_load_puts_new_data_in_place() {
    let database = TestDatabase::filled("").await;
    load_shop(&database, 200, 1).await;
    let process = Process::ready(database.options().to_url_lossy().as_str(), &[]).await;
    let mut connection = process.connect().await;
    let (_, before) = get(&mut connection, "/products?count=1000").await.unwrap();
    let is_loading = Arc::new(AtomicBool::new(true));
    let reading = tokio::spawn({
        let is_loading = is_loading.clone();
        async move {
            let mut answers = 0_u32;
            while is_loading.load(Ordering::Relaxed) {
                for id in 1..=200 {
                    let (status, _) = get(&mut connection, &format!("/products/{id}/styles")).await.unwrap();
                    assert_eq!(status, 200, "product {id}");
                    answers += 1;
                }
            }
            answers
        }
    });

    load_shop(&database, 300, 2).await;
    is_loading.store(false, Ordering::Relaxed);

    assert!(reading.await.unwrap() > 0);
    let mut connection = process.connect().await;
    eventually("the new data are served", async || {
        let (_, after) = get(&mut connection, "/products?count=1000").await.unwrap();
        let products: Vec<serde_json::Value> = serde_json::from_slice(&after).unwrap();
        after != before && products.len() == 300
    })
    .await;
}
