//! Foreign keys of other tables that reference the tables of a load: carts reference skus.
//!
//! The time of exclusive locks must not depend on the rows of those tables. So rows that reference none of the new rows are
//! deleted before the tables are locked, in the same transaction. Meanwhile the rows that they reference are locked, one by
//! one: who adds another reference to them waits, and nobody else. The foreign key is recreated without a look at existing
//! rows (`not valid`), and validated after the swap, while others read and write.

use sqlx::{AssertSqlSafe, FromRow, PgConnection};

use super::error::LoadError;
use super::loss::{Loss, LossCause};
use super::session::STAGING;
use crate::database::{DatabaseError, execute};

/// A foreign key of a table that the load does not replace.
#[derive(Debug, FromRow)]
pub(super) struct ForeignKey {
    /// The referencing table.
    pub(super) table: String,
    /// The referenced table, which is replaced.
    pub(super) parent: String,
    name: String,
    /// The definition, from the catalogue.
    definition: String,
    /// Whether it is declared `on delete cascade`.
    cascades: bool,
    /// Whether all rows are known to satisfy it.
    is_valid: bool,
    /// The live rows of the referenced table that are not among the new ones: `from … where …`.
    disappearing: String,
    /// The rows that reference none of the new rows: `from … where …`.
    orphans: String,
}

/// The foreign keys of all other tables that reference one of `tables` in `public`.
pub(super) async fn from_outside(
    connection: &mut PgConnection,
    tables: &[&str],
) -> sqlx::Result<Vec<ForeignKey>> {
    sqlx::query_as(
        "select
             conrelid::regclass::text as table,
             confrelid::regclass::text as parent,
             quote_ident(conname) as name,
             regexp_replace(pg_get_constraintdef(foreign_key.oid), ' NOT VALID$', '') as definition,
             confdeltype = 'c' as cascades,
             convalidated as is_valid,
             format(
                 'from %s child where not exists (select from %I.%I parent where %s)',
                 confrelid::regclass, $2, relname, same_parent
             ) as disappearing,
             format(
                 'from %s child where %s and not exists (select from %I.%I parent where %s)',
                 conrelid::regclass, present, $2, relname, same
             ) as orphans
         from pg_constraint foreign_key
         join pg_class parent on parent.oid = confrelid
         cross join lateral (
             select
                 string_agg(format('child.%I is not null', child.attname), ' and ') as present,
                 string_agg(format('parent.%I = child.%I', parent.attname, child.attname), ' and ') as same,
                 string_agg(format('parent.%1$I = child.%1$I', parent.attname), ' and ') as same_parent
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
    .await
}

impl ForeignKey {
    /// Deletes the rows that reference none of the new rows, and returns how many, if there are any. Fails if there are and
    /// the key is not declared `on delete cascade`. Until the transaction ends, nobody can add such a row, provided that
    /// nobody writes the referenced table.
    pub(super) async fn delete_orphans(
        &self,
        transaction: &mut PgConnection,
    ) -> Result<Option<Loss>, LoadError> {
        let during =
            || DatabaseError::during(format!("looking for rows of {} that would be lost", self.table));
        let Self { table, name, orphans, .. } = self;
        // Waits for those who are adding a reference. The statements after this one see their rows.
        let lock = format!("select count(*) from (select {} for update of child) locked", self.disappearing);
        let disappearing: i64 =
            sqlx::query_scalar(AssertSqlSafe(lock)).fetch_one(&mut *transaction).await.map_err(during())?;
        if disappearing == 0 && self.is_valid {
            return Ok(None);
        }
        if self.cascades {
            let delete = AssertSqlSafe(format!("delete {orphans}"));
            let deleted = sqlx::query(delete).execute(transaction).await.map_err(during())?.rows_affected();
            let rows = i64::try_from(deleted).expect("a table has fewer rows");
            return Ok((rows > 0).then(|| Loss { table: table.clone(), rows, cause: LossCause::Orphaned }));
        }
        let exists = AssertSqlSafe(format!("select exists (select {orphans})"));
        if sqlx::query_scalar(exists).fetch_one(transaction).await.map_err(during())? {
            return Err(LoadError::Referenced { table: table.clone(), name: name.clone() });
        }
        Ok(None)
    }

    /// The statement to run before the old tables are dropped.
    pub(super) fn drop(&self) -> String {
        format!("alter table {} drop constraint {}", self.table, self.name)
    }

    /// The statement that creates the foreign key again, for new rows; [`validate`] checks the existing ones.
    pub(super) fn recreate(&self) -> String {
        format!("alter table {} add constraint {} {} not valid", self.table, self.name, self.definition)
    }
}

/// Validates the foreign keys of all other tables that reference one of `tables`, as far as they are not validated. Others
/// read and write meanwhile.
pub(super) async fn validate(connection: &mut PgConnection, tables: &[&str]) -> sqlx::Result<()> {
    for ForeignKey { table, name, is_valid, .. } in from_outside(connection, tables).await? {
        if !is_valid {
            execute(connection, format!("alter table {table} validate constraint {name}")).await?;
        }
    }
    Ok(())
}
