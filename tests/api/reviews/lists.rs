//! `GET /reviews`: order, pages, and the form of a review.

use insta::assert_snapshot;
use serde_json::json;

use super::{ids, start};
use crate::support::{Site, eventually, lock_waits, run};

#[tokio::test]
async fn a_page_has_all_fields_of_its_reviews() {
    let site = start().await;
    assert_snapshot!(site.get("/reviews?product_id=2&sort=newest").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-cache
    content-length: 1106
    content-type: application/json
    etag: "7fc9b5a66ff429b6726e7b15ca2c1f3b"
    vary: accept-encoding
    x-content-type-options: nosniff

    {"product":"2","page":0,"count":5,"results":[{"review_id":10,"rating":1,"summary":"Ten","recommend":false,"response":null,"body":"The tenth","date":"2020-12-01T00:00:00.000Z","reviewer_name":"tom","helpfulness":0,"photos":[]},{"review_id":9,"rating":5,"summary":"Nine","recommend":true,"response":null,"body":"The ninth","date":"2020-06-01T00:00:00.000Z","reviewer_name":"nina","helpfulness":2,"photos":[]},{"review_id":8,"rating":5,"summary":"Eight","recommend":true,"response":null,"body":"The eighth","date":"2020-06-01T00:00:00.000Z","reviewer_name":"ada","helpfulness":2,"photos":[{"id":3,"url":"https://images.example/3.jpg"}]},{"review_id":5,"rating":3,"summary":"Five","recommend":false,"response":"Sorry!","body":"The fifth","date":"2019-01-01T00:02:03.004Z","reviewer_name":"bob","helpfulness":2,"photos":[{"id":2,"url":"https://images.example/2.jpg?a=1&b=\"2\""},{"id":12,"url":"https://images.example/12.jpg"}]},{"review_id":6,"rating":4,"summary":"Six","recommend":true,"response":null,"body":"The sixth","date":"2018-01-01T00:00:00.000Z","reviewer_name":"sixt","helpfulness":40,"photos":[]}]}
    "#);
}

#[tokio::test]
async fn each_order_is_total_and_excludes_reported_reviews() {
    let site = start().await;
    for (sort, order) in [
        ("&sort=helpful", [6, 9, 8, 5, 10]),
        ("&sort=newest", [10, 9, 8, 5, 6]),
        ("&sort=relevant", [6, 10, 9, 8, 5]),
        ("", [6, 10, 9, 8, 5]),
        ("&sort=", [6, 10, 9, 8, 5]),
        ("&sort=undefined", [6, 10, 9, 8, 5]),
        ("&sort=%22helpful%22", [6, 9, 8, 5, 10]),
    ] {
        assert_eq!(ids(&site, &format!("/reviews?product_id=2{sort}")).await, order, "{sort}");
        for (index, id) in order.into_iter().enumerate() {
            let page = format!("/reviews?product_id=2{sort}&count=1&page={}", index + 1);
            assert_eq!(ids(&site, &page).await, [id], "{page}");
        }
    }
}

#[tokio::test]
async fn a_vote_weighs_as_much_as_a_month() {
    let site = start().await;
    let rows = "insert into reviews (id, product_id, written_at, helpfulness, rating, recommend, summary, body, reviewer_name, reviewer_email)
         values (201, 8, '2020-01-31', 1, 1, true, '', '', '', ''), (202, 8, '2020-03-01', 0, 1, true, '', '', '', ''),
                (203, 8, '2020-01-01', 1, 1, true, '', '', '', ''), (204, 8, '2020-01-15', 1, 1, true, '', '', '', '')";
    run(&mut site.sql().await, rows).await;
    // A month has 30.436875 days: that long before the first of March it was 13:30 on the 30th of January.
    assert_eq!(ids(&site, "/reviews?product_id=8").await, [201, 202, 204, 203]);
}

#[tokio::test]
async fn page_is_the_offset_of_the_first_result() {
    let site = start().await;
    for (query, page, count, shown) in [
        ("", 0, 5, &[6, 10, 9, 8, 5][..]),
        ("&page=1&count=2", 0, 2, &[6, 10]),
        ("&page=2&count=2", 2, 2, &[9, 8]),
        ("&page=3&count=2", 4, 2, &[5]),
        ("&page=4&count=2", 6, 2, &[]),
        ("&page=2", 5, 5, &[]),
        ("&page=7&count=0", 0, 0, &[]),
        ("&count=1000000000", 0, 1000, &[6, 10, 9, 8, 5]),
        ("&count=9007199254740991&page=2", 1000, 1000, &[]),
        ("&page=undefined&count=%222%22", 0, 2, &[6, 10]),
    ] {
        let path = format!("/reviews?product_id=2{query}");
        let response = site.get(&path).await.json();
        assert_eq!((&response["page"], &response["count"]), (&json!(page), &json!(count)), "{path}");
        assert_eq!(ids(&site, &path).await, shown, "{path}");
    }
}

#[tokio::test]
async fn any_larger_number_is_a_page_past_the_end() {
    let site = start().await;
    for (page, offset) in [
        ("2000000000000000000", 9_223_372_036_854_775_807_i64),
        ("1000000000000000001", 5_000_000_000_000_000_000),
        ("9223372036854775807", i64::MAX),
        ("18446744073709551615", i64::MAX),
        ("99999999999999999999999", i64::MAX),
    ] {
        let response = site.get(&format!("/reviews?product_id=2&page={page}")).await;
        assert_eq!(response.status, 200, "{page}: {response}");
        let body = format!(r#"{{"product":"2","page":{offset},"count":5,"results":[]}}"#);
        assert_eq!(response.text(), body, "{page}");
    }
}

#[tokio::test]
async fn the_default_count_is_reduced_to_the_maximum() {
    let site = Site::over(start().await.database(), |settings| settings.max_count = 3).await;
    assert_eq!(ids(&site, "/reviews?product_id=2").await, [6, 10, 9]);
    assert_eq!(ids(&site, "/reviews?product_id=2&page=2&count=100").await, [8, 5]);
}

#[tokio::test]
async fn products_without_reviews_and_unknown_products_have_no_results() {
    let site = start().await;
    for id in ["5", "4", "9223372036854775807"] {
        for sort in ["helpful", "newest", "relevant"] {
            let response = site.get(&format!("/reviews?product_id={id}&sort={sort}")).await;
            assert_eq!(response.status, 200);
            assert_eq!(response.text(), format!(r#"{{"product":"{id}","page":0,"count":5,"results":[]}}"#));
        }
    }
}

#[tokio::test]
async fn text_is_returned_as_it_was_stored() {
    let site = start().await;
    let review = &site.get("/reviews?product_id=3").await.json()["results"][0];
    assert_eq!(review["summary"], r#"Quote " back\slash / slash"#);
    assert_eq!(review["body"], "tab\t newline\n bell\u{7} delete\u{7f}");
    assert_eq!(review["reviewer_name"], "line\u{2028} <b>&amp;</b> 'two'  spaces  ");
    assert_eq!(review["response"], "", "an empty response differs from none");
    assert_eq!(review["date"], "1969-12-31T23:59:59.999Z");
    let review = &site.get("/reviews?product_id=1").await.json()["results"][0];
    assert_eq!(review["response"], "null");
    assert_eq!(review["date"], "2020-07-28T21:05:14.409Z");
}

#[tokio::test]
async fn every_invalid_parameter_is_reported() {
    let site = start().await;
    assert_snapshot!(site.get("/reviews?product_id=x&sort=oldest&page=0&count=-1").await.text(), @r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"product_id must be a positive 64-bit integer; sort must be one of helpful, newest, relevant; page must be an integer from 1; count must be an integer from 0","errors":[{"field":"product_id","message":"must be a positive 64-bit integer"},{"field":"sort","message":"must be one of helpful, newest, relevant"},{"field":"page","message":"must be an integer from 1"},{"field":"count","message":"must be an integer from 0"}]}"#);
    for query in [
        "",
        "?product_id=",
        "?product_id=undefined",
        "?product_id=0",
        "?product_id=-1",
        "?product_id=1.5",
        "?product_id=%00",
        "?product_id=9223372036854775808",
        "?product_id=1&product_id=1",
        "?product_id=1&sort=Newest",
        "?product_id=1&sort=%00",
        "?product_id=1&sort=newest&sort=newest",
    ] {
        let response = site.get(&format!("/reviews{query}")).await;
        assert_eq!(response.status, 422, "{query}: {response}");
    }
}

#[tokio::test]
async fn skipped_reviews_are_not_converted_to_json() {
    let site = start().await;
    let check = "
        insert into reviews (product_id, written_at, helpfulness, rating, recommend, summary, body, reviewer_name, reviewer_email)
        select 8, '2000-01-01', 1000 - n, 1, true, n, '', '', '' from generate_series(1, 1000) n;
        create or replace function to_json_of_page(summary text) returns json language plpgsql as $$
        begin
            if summary::integer not between 501 and 505 then raise 'converted %', summary; end if;
            return to_json(summary);
        end $$;
        do $$
        begin
            execute replace(
                pg_get_functiondef('review_results'::regproc), 'to_json(r.summary)', 'to_json_of_page(r.summary)'
            );
        end $$";
    run(&mut site.sql().await, check).await;
    for sort in ["helpful", "relevant"] {
        let response = site.get(&format!("/reviews?product_id=8&page=101&sort={sort}")).await;
        assert_eq!(response.status, 200, "{response}");
        assert_eq!(response.json()["results"][4]["summary"], "505");
        let rejected = site.get(&format!("/reviews?product_id=8&page=100&sort={sort}")).await;
        assert_eq!(rejected.status, 500, "the check works");
    }
}

#[tokio::test]
async fn pages_read_in_a_batch_equal_pages_read_alone() {
    // The only connection waits, so that all requests queue and are read in one batch.
    let database = start().await.database();
    let mut expected = Vec::new();
    let paths: Vec<String> = [1, 2, 3, 4, 2]
        .into_iter()
        .flat_map(|id| {
            let list = |sort| format!("/reviews?product_id={id}&count=2&sort={sort}");
            [list("newest"), list("helpful"), list("relevant"), format!("/reviews/meta?product_id={id}")]
        })
        .collect();
    let alone = Site::over(database.clone(), |_| {}).await;
    for path in &paths {
        expected.push(alone.get(path).await.text().to_owned());
    }
    let site = Site::over(database, |settings| settings.read_connections = 1).await;
    let mut sql = site.sql().await;
    run(&mut sql, "begin; lock table reviews in access exclusive mode").await;
    let requests: Vec<_> = std::iter::once("/reviews?product_id=999".to_owned())
        .chain(paths)
        .map(|path| {
            let site = site.clone();
            tokio::spawn(async move { site.get(&path).await.text().to_owned() })
        })
        .collect();
    let mut observer = site.sql().await;
    eventually("the connection is busy", async || lock_waits(&mut observer).await == 1).await;
    run(&mut sql, "commit").await;
    let mut responses = Vec::new();
    for request in requests {
        responses.push(request.await.unwrap());
    }
    assert_eq!(responses[1..], expected);
}
