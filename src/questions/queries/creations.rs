//! New questions and answers.

use sqlx::PgConnection;

use crate::database::idempotency::{Created, Creation};
use crate::questions::model::{NewAnswer, NewQuestion};

/// A new answer, and the question that it answers.
#[derive(Clone, Debug)]
pub(in crate::questions) struct AnswerTo {
    pub(in crate::questions) question_id: i64,
    pub(in crate::questions) answer: NewAnswer,
}

impl Creation for NewQuestion {
    /// The product, and the question.
    type Ids = [i64; 2];
    const NAME: &'static str = "create_question";

    fn locks(&self) -> Option<i64> {
        Some(self.product_id.0)
    }

    async fn create(&self, transaction: &mut PgConnection) -> sqlx::Result<Created<[i64; 2]>> {
        let product_id = self.product_id.0;
        let id = sqlx::query_scalar!(
            r#"
            insert into questions (product_id, body, asker_name, asker_email)
            values ($1, $2, $3, $4)
            returning id
            "#,
            product_id,
            self.body.0,
            self.name.0,
            self.email.0,
        )
        .fetch_one(&mut *transaction)
        .await?;
        let body = sqlx::query_scalar!(
            r#"
            select
                result as "result!"
            from question_results()
            where product_id = $1 and id = $2
            "#,
            product_id,
            id,
        )
        .fetch_one(transaction)
        .await?;
        Ok(Created { ids: [product_id, id], body })
    }
}

impl Creation for AnswerTo {
    /// The product, and the answer.
    type Ids = [i64; 2];
    const NAME: &'static str = "create_answer";

    fn locks(&self) -> Option<i64> {
        Some(self.question_id)
    }

    async fn create(&self, transaction: &mut PgConnection) -> sqlx::Result<Created<[i64; 2]>> {
        let Self { question_id, answer } = self;
        let new = sqlx::query!(
            r#"
            insert into answers (product_id, question_id, body, answerer_name, answerer_email)
            values (
                -- No product has the id 0: for an unknown question the foreign key fails, as it does for one that is
                -- deleted at this moment.
                coalesce((select q.product_id from questions q where q.id = $1), 0),
                $1,
                $2,
                $3,
                $4
            )
            returning product_id, id
            "#,
            question_id,
            answer.body.0,
            answer.name.0,
            answer.email.0,
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !answer.photos.0.is_empty() {
            sqlx::query!(
                r#"
                insert into answer_photos (product_id, question_id, answer_id, url)
                select
                    $1,
                    $2,
                    $3,
                    photo.url
                from unnest($4::text[]) with ordinality as photo (url, position)
                -- The ids, by which photos are shown, follow the order in which they were sent.
                order by photo.position
                "#,
                new.product_id,
                question_id,
                new.id,
                &answer.photos.0,
            )
            .execute(&mut *transaction)
            .await?;
        }
        let body = sqlx::query_scalar!(
            r#"
            select
                result as "result!"
            from answer_results()
            where product_id = $1 and question_id = $2 and id = $3
            "#,
            new.product_id,
            question_id,
            new.id,
        )
        .fetch_one(transaction)
        .await?;
        Ok(Created { ids: [new.product_id, new.id], body })
    }
}
