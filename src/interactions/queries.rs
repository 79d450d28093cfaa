//! The SQL of interactions.

use sqlx::PgConnection;

use super::model::NewInteraction;
use crate::database::batches::Batch;
use crate::database::creation::{Created, Creation};

/// All interactions that wait, in one statement.
pub(super) struct InteractionInserts;

impl Batch for InteractionInserts {
    type Job = NewInteraction;
    type Answer = ();
    const IS_REPEATABLE: bool = false;
    const LIMIT: usize = 1024;

    async fn run(connection: &mut PgConnection, interactions: &[NewInteraction]) -> sqlx::Result<Vec<()>> {
        insert(connection, interactions).await?;
        Ok(vec![(); interactions.len()])
    }
}

impl Creation for NewInteraction {
    async fn create(&self, transaction: &mut PgConnection) -> sqlx::Result<Created> {
        insert(transaction, std::slice::from_ref(self)).await?;
        Ok(self.created())
    }
}

async fn insert(connection: &mut PgConnection, interactions: &[NewInteraction]) -> sqlx::Result<()> {
    let elements: Vec<&str> = interactions.iter().map(|it| it.element.as_str()).collect();
    let widgets: Vec<&str> = interactions.iter().map(|it| it.widget.as_str()).collect();
    let times: Vec<&str> = interactions.iter().map(|it| it.time.as_str()).collect();
    sqlx::query!(
        r#"
        insert into interactions (element, widget, time)
        select
            new.element,
            new.widget,
            new.time
        from unnest($1::text[], $2::text[], $3::text[]) as new (element, widget, time)
        "#,
        &elements as &[&str],
        &widgets as &[&str],
        &times as &[&str],
    )
    .execute(connection)
    .await?;
    Ok(())
}
