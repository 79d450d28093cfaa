//! New reviews, and votes on them.

use sqlx::PgConnection;

use crate::database::batch::Batch;
use crate::database::idempotency::{Created, Creation};
use crate::http::vote::Vote;
use crate::reviews::model::NewReview;

impl Creation for NewReview {
    /// The product, and the review.
    type Ids = [i64; 2];
    const NAME: &'static str = "create_review";

    fn locks(&self) -> Option<i64> {
        Some(self.product_id.0)
    }

    async fn create(&self, transaction: &mut PgConnection) -> sqlx::Result<Created<[i64; 2]>> {
        let product_id = self.product_id.0;
        let id = insert(transaction, self).await?;
        let body = sqlx::query_scalar!(
            r#"
            select r.result as "result!"
            from review_results() r
            where r.product_id = $1 and r.id = $2
            "#,
            product_id,
            id,
        )
        .fetch_one(transaction)
        .await?;
        Ok(Created { ids: [product_id, id], body })
    }
}

/// Inserts the review with its photos, in their order, and its ratings; returns its id.
async fn insert(transaction: &mut PgConnection, new: &NewReview) -> sqlx::Result<i64> {
    let (characteristic_ids, values): (Vec<i64>, Vec<i16>) = new.characteristics.0.iter().unzip();
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
        new.product_id.0,
        new.rating.0,
        new.summary.0,
        new.body.0,
        new.recommend,
        new.name.0,
        new.email.0,
        &new.photos.0,
        &characteristic_ids,
        &values,
    )
    .fetch_one(transaction)
    .await
}

/// Votes on reviews. The output is the review's product; None where the review does not exist.
pub(in crate::reviews) struct VoteOnReviews;

impl Batch for VoteOnReviews {
    type Job = Vote;
    type Output = Option<i64>;
    const NAME: &'static str = "vote_on_reviews";
    const IS_WRITE: bool = true;

    fn locks(vote: &Vote) -> Option<i64> {
        Some(vote.id)
    }

    async fn run(connection: &mut PgConnection, votes: &[Vote]) -> sqlx::Result<Vec<Option<i64>>> {
        let (ids, are_reports) = Vote::columns(votes);
        sqlx::query_scalar!(
            r#"
            with
            votes as (
                select
                    vote.id,
                    count(*) filter (where not vote.is_report) as helpful,
                    bool_or(vote.is_report) as is_reported
                from unnest($1::bigint[], $2::boolean[]) as vote (id, is_report)
                group by vote.id
            ),
            -- In one order, so that concurrent updates can't deadlock.
            locked as (
                select r.id
                from reviews r
                where r.id = any ($1)
                order by r.id
                for no key update
            ),
            updated as (
                update reviews r
                -- It ends at the largest integer: a row that has it must not fail the batch.
                set helpfulness = least(r.helpfulness + votes.helpful, 2147483647),
                    is_reported = r.is_reported or votes.is_reported
                from locked
                join votes on votes.id = locked.id
                where r.id = locked.id
                returning r.id, r.product_id
            )
            select
                updated.product_id as "product_id?"
            from unnest($1::bigint[]) with ordinality as job (id, position)
            left join updated on updated.id = job.id
            order by job.position
            "#,
            &ids,
            &are_reports,
        )
        .fetch_all(connection)
        .await
    }
}
