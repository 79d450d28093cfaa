//! The SQL that deletes old interactions.

use sqlx::PgConnection;

use crate::database::batch::Batch;

/// Deletes those of the oldest interactions that were received before this number of days.
pub(super) struct DeleteExpiredInteractions;

impl Batch for DeleteExpiredInteractions {
    type Job = i32;
    type Output = u64;
    const NAME: &'static str = "delete_expired_interactions";
    const IS_WRITE: bool = false;
    const MAX_JOBS: usize = 1;

    async fn run(connection: &mut PgConnection, days: &[i32]) -> sqlx::Result<Vec<u64>> {
        let deleted = sqlx::query!(
            r#"
            delete from interactions
            where id in (
                select i.id
                -- Ids ascend with the time, so these are the oldest: no index on the time is needed.
                from (select id from interactions order by id limit 2000) oldest
                join interactions i on i.id = oldest.id
                where i.received_at < now() - make_interval(days => $1::integer)
                -- A locked one is deleted by another replica.
                for update of i skip locked
            )
            "#,
            days[0],
        )
        .execute(connection)
        .await?;
        Ok(vec![deleted.rows_affected()])
    }
}
