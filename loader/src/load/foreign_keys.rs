//! Foreign keys of other tables that reference the tables of a load: carts reference skus.

use sqlx::{AssertSqlSafe, PgConnection};

use super::loss::{Loss, LossCause};
use super::session::STAGING;

/// A foreign key of a table that the load does not replace.
#[derive(Debug)]
pub(super) struct ForeignKey {
    /// The referencing table.
    pub(super) table: String,
    /// The definition, from the catalogue.
    definition: String,
    name: String,
    /// Whether it is declared `on delete cascade`.
    cascades: bool,
    /// Selects the rows that reference none of the new rows: `from … where …`.
    orphans: String,
}

/// The foreign keys of all other tables that reference one of `tables` in `public`.
pub(super) async fn from_outside(
    connection: &mut PgConnection,
    tables: &[&str],
) -> sqlx::Result<Vec<ForeignKey>> {
    let rows: Vec<(String, String, String, bool, String)> = sqlx::query_as(
        "select
             conrelid::regclass::text,
             pg_get_constraintdef(foreign_key.oid),
             quote_ident(conname),
             confdeltype = 'c',
             format(
                 'from %s child where %s and not exists (select from %I.%I parent where %s)',
                 conrelid::regclass, present, $2, relname, same
             )
         from pg_constraint foreign_key
         join pg_class parent on parent.oid = confrelid
         cross join lateral (
             select
                 string_agg(format('child.%I is not null', child.attname), ' and ') as present,
                 string_agg(format('parent.%I = child.%I', parent.attname, child.attname), ' and ') as same
             from unnest(conkey, confkey) as pair (child, parent)
             join pg_attribute child on child.attrelid = conrelid and child.attnum = pair.child
             join pg_attribute parent on parent.attrelid = confrelid and parent.attnum = pair.parent
         ) columns
         where contype = 'f'
             and confrelid = any ($1::text[]::regclass[])
             and conrelid <> all ($1::text[]::regclass[])
         order by conname",
    )
    .bind(tables)
    .bind(STAGING)
    .fetch_all(connection)
    .await?;
    let key = |(table, definition, name, cascades, orphans)| ForeignKey {
        table,
        definition,
        name,
        cascades,
        orphans,
    };
    Ok(rows.into_iter().map(key).collect())
}

impl ForeignKey {
    /// The rows that the load deletes because they reference none of the new rows, if there are any. Without `on delete
    /// cascade` no row is deleted, and [`ForeignKey::recreate`] fails.
    pub(super) async fn orphans(&self, connection: &mut PgConnection) -> sqlx::Result<Option<Loss>> {
        if !self.cascades {
            return Ok(None);
        }
        let count = AssertSqlSafe(format!("select count(*) {}", self.orphans));
        let rows = sqlx::query_scalar(count).fetch_one(connection).await?;
        Ok((rows > 0).then(|| Loss { table: self.table.clone(), rows, cause: LossCause::Orphaned }))
    }

    /// The statements to run before the old tables are dropped.
    pub(super) fn drop_statements(&self) -> Vec<String> {
        let mut statements = Vec::new();
        if self.cascades {
            statements.push(format!("delete {}", self.orphans));
        }
        statements.push(format!("alter table {} drop constraint {}", self.table, self.name));
        statements
    }

    /// The statement that creates the foreign key again. It fails if a row references none of the new rows.
    pub(super) fn recreate(&self) -> String {
        format!("alter table {} add constraint {} {}", self.table, self.name, self.definition)
    }
}
