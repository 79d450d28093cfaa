//! The shop that clients use, and what is stored of it.
//!
//! | rows | what they are for |
//! |---|---|
//! | products 1 to [`HOT_PRODUCTS`], with their reviews, questions and answers | votes and renamings |
//! | products from [`FIRST_PARENT`] | new reviews and questions |
//! | questions from [`FIRST_PARENT`] | new answers |
//! | skus 1 to [`SHOPPERS`] | the sku that each shopper puts into the cart |

use std::collections::HashMap;

use sqlx::{Executor as _, PgConnection};

use crate::history::Counter;

/// The number of products that all clients use all the time.
pub(crate) const HOT_PRODUCTS: u32 = 8;
/// Reviews of each hot product.
pub(crate) const HOT_REVIEWS: u32 = 3;
/// Questions of each hot product, each with one answer of the same id.
pub(crate) const HOT_QUESTIONS: u32 = 2;
/// The first product that gets reviews and questions, and the first question that gets answers.
pub(crate) const FIRST_PARENT: u32 = 101;
/// How many there are of each.
pub(crate) const PARENTS: u32 = 2000;
/// The number of shoppers with a cart.
pub(crate) const SHOPPERS: u32 = 16;

/// The rows. New ones get ids that are larger than all of these.
const ROWS: &str = "
    insert into products
    select id, 'Revision 0', '', '', 'Jackets', 140 from generate_series(1, 9) id
    union all
    select id, 'Parent', '', '', 'Jackets', 140 from generate_series(101, 2100) id;
    insert into reviews (product_id, id, rating, recommend, summary, body, reviewer_name, reviewer_email)
    select 1 + (id - 1) / 3, id, 3, true, '', 'Hot', 'shopper', 'a@example.com' from generate_series(1, 24) id;
    insert into questions (product_id, id, body, asker_name, asker_email)
    select 1 + (id - 1) / 2, id, 'Hot', 'shopper', 'a@example.com' from generate_series(1, 16) id
    union all
    select 9, id, 'Parent', 'shopper', 'a@example.com' from generate_series(101, 2100) id;
    insert into answers (product_id, question_id, id, body, answerer_name, answerer_email)
    select 1 + (id - 1) / 2, id, id, 'Hot', 'shopper', 'a@example.com' from generate_series(1, 16) id;
    insert into styles (product_id, id, name, original_price, is_default) values (1, 1, 'Blue', 140, true);
    insert into skus (product_id, style_id, id, quantity, size)
    select 1, 1, id, 8, 'XS' from generate_series(1, 16) id;
    alter table reviews alter id restart with 1000000;
    alter table questions alter id restart with 1000000;
    alter table answers alter id restart with 1000000;
    analyze";

/// The values of all counters.
const COUNTS: &str = "
    select 'review votes', id, helpfulness::bigint from reviews where id <= 24
    union all
    select 'question votes', id, helpfulness::bigint from questions where id <= 16
    union all
    select 'answer votes', id, helpfulness::bigint from answers where id <= 16
    union all
    select 'reviews', product_id, count(*) from reviews where product_id > 100 group by product_id
    union all
    select 'questions', product_id, count(*) from questions where product_id > 100 group by product_id
    union all
    select 'answers', question_id, count(*) from answers where question_id > 100 group by question_id
    union all
    select 'cart', sku_id, sum(units)::bigint from cart_items group by sku_id
    union all
    select 'interactions', 0, count(*) from interactions
    union all
    select 'revisions', id, split_part(name, ' ', 2)::bigint from products where id <= 8";

/// The ids of writes, from the second word of the rows that they made.
const ROWS_OF_WRITES: &str = "
    select split_part(text, ' ', 2)::bigint, count(*)
    from (
        select body from reviews where id >= 1000000
        union all
        select body from questions where id >= 1000000
        union all
        select body from answers where id >= 1000000
        union all
        select element from interactions
    ) as row (text)
    group by 1";

/// What is stored at the end of a run.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// The values of counters; those that are missing are 0.
    pub counts: HashMap<Counter, i64>,
    /// How many rows each write has made.
    pub rows: HashMap<u64, i64>,
}

/// Inserts the rows into a migrated database.
pub(crate) async fn fill(sql: &mut PgConnection) -> sqlx::Result<()> {
    sql.execute(ROWS).await.map(drop)
}

/// Reads what is stored.
pub(crate) async fn stored(sql: &mut PgConnection) -> sqlx::Result<Stored> {
    // The queries are not checked when this is compiled: a crate that tests black boxes has no .sqlx data.
    let counts: Vec<(String, i64, i64)> = sqlx::query_as(COUNTS).fetch_all(&mut *sql).await?;
    let rows: Vec<(i64, i64)> = sqlx::query_as(ROWS_OF_WRITES).fetch_all(sql).await?;
    Ok(Stored {
        counts: counts.into_iter().map(|(kind, id, count)| (counter(&kind, id), count)).collect(),
        rows: rows.into_iter().map(|(id, count)| (id.unsigned_abs(), count)).collect(),
    })
}

/// The counter that a row of [`COUNTS`] is about.
fn counter(kind: &str, id: i64) -> Counter {
    let id = u32::try_from(id).expect("the ids of the shop are small");
    match kind {
        "review votes" => Counter::ReviewVotes(id),
        "question votes" => Counter::QuestionVotes(id),
        "answer votes" => Counter::AnswerVotes(id),
        "reviews" => Counter::Reviews(id),
        "questions" => Counter::Questions(id),
        "answers" => Counter::Answers(id),
        "cart" => Counter::CartUnits(id),
        "revisions" => Counter::Revisions(id),
        _ => Counter::Interactions,
    }
}
