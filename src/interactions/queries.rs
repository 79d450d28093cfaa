//! The SQL of interactions.

use sqlx::PgConnection;

use super::model::NewInteraction;
use crate::database::batch::Batch;
use crate::database::idempotency::{Created, Creation};

/// Inserts interactions by one statement. The output is the interaction.
pub(super) struct InsertInteractions;

impl Batch for InsertInteractions {
    type Job = NewInteraction;
    type Output = String;
    const NAME: &'static str = "insert_interactions";
    const MAX_JOBS: usize = 1024;
    const IS_WRITE: bool = true;

    async fn run(
        connection: &mut PgConnection,
        interactions: &[NewInteraction],
    ) -> sqlx::Result<Vec<String>> {
        let elements: Vec<&str> = interactions.iter().map(|it| it.element.0.as_str()).collect();
        let widgets: Vec<&str> = interactions.iter().map(|it| it.widget.0.as_str()).collect();
        let times: Vec<&str> = interactions.iter().map(|it| it.time.0.as_str()).collect();
        sqlx::query_scalar!(
            r#"
            with
            job as (
                select
                    new.element,
                    new.widget,
                    new.time,
                    new.position
                from unnest($1::text[], $2::text[], $3::text[])
                    with ordinality as new (element, widget, time, position)
            ),
            inserted as (
                insert into interactions (element, widget, time)
                select
                    job.element,
                    job.widget,
                    job.time
                from job
                order by job.position
            )
            select
                '{"element":' || to_json(job.element)
                || ',"widget":' || to_json(job.widget)
                || ',"time":' || to_json(job.time)
                || '}' as "interaction!"
            from job
            order by job.position
            "#,
            &elements as &[&str],
            &widgets as &[&str],
            &times as &[&str],
        )
        .fetch_all(connection)
        .await
    }
}

impl Creation for NewInteraction {
    type Ids = [i64; 0];
    const NAME: &'static str = "insert_interaction_idempotently";

    fn locks(&self) -> Option<i64> {
        None
    }

    async fn create(&self, transaction: &mut PgConnection) -> sqlx::Result<Created<[i64; 0]>> {
        let body = InsertInteractions::run(transaction, std::slice::from_ref(self)).await?.concat();
        Ok(Created { ids: [], body })
    }
}
