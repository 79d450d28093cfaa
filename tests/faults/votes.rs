//! Votes on questions: cast through a replica, and counted in a database.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use crate::http_client::{Client, put};

/// The votes of questions, by their ids.
pub(crate) type Votes = BTreeMap<i64, i64>;

/// Votes for a question. Returns the status of the response; 0 if there is none.
pub(crate) async fn vote(client: &mut Client, question: i64) -> u16 {
    let path = format!("/qa/questions/{question}/helpful");
    client.ready().await.expect("the replica is connected");
    put(client, &path).await.map_or(0, |(status, _)| status.as_u16())
}

/// The votes of all questions in a database.
pub(crate) async fn stored_votes(sql: &mut PgConnection) -> Votes {
    let rows = sqlx::query_as("select id, helpfulness::bigint from questions").fetch_all(sql).await;
    let rows: Vec<(i64, i64)> = rows.expect("the database returns the votes");
    rows.into_iter().collect()
}
