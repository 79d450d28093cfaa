//! The SQL that writes reviews, and votes on them.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::model::{NewReview, Vote};
use crate::database::batches::Batch;
use crate::database::creation::{Created, Creation};

impl Creation for NewReview {
    async fn create(&self, transaction: &mut PgConnection) -> sqlx::Result<Created> {
        let id = insert(transaction, self).await?;
        let body = sqlx::query_scalar!(
            r#"
            select r.result as "result!"
            from review_results() r
            where r.product_id = $1 and r.id = $2
            "#,
            self.product_id,
            id,
        )
        .fetch_one(transaction)
        .await?;
        Ok(Created { location: Some(format!("/reviews/{id}")), body, product_id: Some(self.product_id) })
    }
}

/// Inserts the review with its photos, in their order, and its ratings; returns its id.
async fn insert(transaction: &mut PgConnection, new: &NewReview) -> sqlx::Result<i64> {
    let (characteristic_ids, values): (Vec<i64>, Vec<i16>) = new.characteristics.iter().copied().unzip();
    sqlx::query_scalar!(
        r#"
        with
        review as (
            insert into reviews (product_id, rating, summary, body, recommend, reviewer_name, reviewer_email)
            values ($1, $2, $3, $4, $5, $6, $7)
            returning
                product_id,
                id
        ),
        photos as (
            insert into review_photos (product_id, review_id, url)
            select
                review.product_id,
                review.id,
                photo.url
            from review
            cross join unnest($8::text[]) with ordinality as photo (url, place)
            order by photo.place
        ),
        ratings as (
            insert into characteristic_ratings (product_id, review_id, characteristic_id, value)
            select
                review.product_id,
                review.id,
                rating.characteristic_id,
                rating.value
            from review
            cross join unnest($9::bigint[], $10::smallint[]) as rating (characteristic_id, value)
        )
        select id
        from review
        "#,
        new.product_id,
        new.rating,
        new.summary,
        new.body,
        new.recommend,
        new.name,
        new.email,
        &new.photos,
        &characteristic_ids,
        &values,
    )
    .fetch_one(transaction)
    .await
}

/// Votes on reviews: all that wait are one update.
pub(super) struct ReviewVotes;

impl Batch for ReviewVotes {
    /// The id of a review, and what is said of it.
    type Job = (i64, Vote);
    /// The product of the review; None where there is no such review.
    type Answer = Option<i64>;
    const IS_REPEATABLE: bool = false;

    async fn run(connection: &mut PgConnection, votes: &[(i64, Vote)]) -> sqlx::Result<Vec<Option<i64>>> {
        let (ids, are_reports): (Vec<i64>, Vec<bool>) =
            votes.iter().map(|(id, vote)| (*id, *vote == Vote::Report)).unzip();
        let rows = sqlx::query!(
            r#"
            with
            votes as (
                select
                    vote.id,
                    count(*) filter (where not vote.is_report) as helpful,
                    bool_or(vote.is_report) as is_report
                from unnest($1::bigint[], $2::boolean[]) as vote (id, is_report)
                group by vote.id
            ),
            -- In one order, so that two who vote at one time can't wait for each other.
            locked as (
                select r.id
                from reviews r
                where r.id = any ($1)
                order by r.id
                for no key update
            )
            update reviews r
            -- At the largest number it stays: a vote more must not make all that are with it fail.
            set helpfulness = least(r.helpfulness + votes.helpful, 2147483647),
                is_reported = r.is_reported or votes.is_report
            from locked
            join votes on votes.id = locked.id
            where r.id = locked.id
            returning
                r.id,
                r.product_id
            "#,
            &ids,
            &are_reports,
        )
        .fetch_all(connection)
        .await?;
        let products: HashMap<i64, i64> = rows.into_iter().map(|row| (row.id, row.product_id)).collect();
        Ok(ids.iter().map(|id| products.get(id).copied()).collect())
    }
}
