//! Reads the definition of the live tables from PostgreSQL's catalogue, as statements that create the same tables in the
//! staging schema. No part of the schema is repeated in this program.

use sqlx::PgConnection;

use super::session::STAGING;

/// The statements that create a table in the staging schema, in the order in which they must run.
#[derive(Clone, Debug)]
pub(super) struct TableDefinition {
    pub(super) table: &'static str,
    /// Creates the table: columns, defaults, identity, checks, storage.
    pub(super) create: String,
    /// Add keys, indexes and all else that does not involve other tables. Slow on a filled table.
    pub(super) complete: Vec<String>,
    /// Add the foreign keys as not valid. Fast.
    pub(super) foreign_keys: Vec<String>,
    /// Validate the foreign keys. Slow on a filled table, but without locks that block others.
    pub(super) validations: Vec<String>,
}

/// Reads the definition of a table in `public`. The connection must have that schema alone in its search path.
pub(super) async fn read(
    connection: &mut PgConnection,
    table: &'static str,
) -> sqlx::Result<TableDefinition> {
    let mut complete = Vec::new();
    for sql in [KEYS, INDEXES, COMMENTS, TRIGGERS, OPTIONS_AND_OWNER, GRANTS] {
        complete.append(&mut statements(connection, sql, table).await?);
    }
    Ok(TableDefinition {
        table,
        create: format!(
            "create table {STAGING}.{table} (like public.{table} including all excluding indexes)"
        ),
        complete,
        foreign_keys: statements(connection, FOREIGN_KEYS, table).await?,
        validations: statements(connection, VALIDATIONS, table).await?,
    })
}

async fn statements(
    connection: &mut PgConnection,
    sql: &'static str,
    table: &str,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(sql).bind(table).bind(STAGING).fetch_all(connection).await
}

const KEYS: &str = "
    select format('alter table %I.%I add constraint %I %s', $2, $1, conname, pg_get_constraintdef(oid))
    from pg_constraint
    where conrelid = $1::regclass and contype in ('p', 'u', 'x')
    order by contype, conname";

// The pretty-printed definition omits a schema in the search path, and so is valid for the new table too.
const INDEXES: &str = "
    select pg_get_indexdef(indexrelid, 0, true)
    from pg_index
    where indrelid = $1::regclass and $2 <> ''
        and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    order by indexrelid";

// `like` copies the comments on columns and checks.
const COMMENTS: &str = "
    select format('comment on table %I.%I is %L', $2, $1, obj_description($1::regclass, 'pg_class'))
    where obj_description($1::regclass, 'pg_class') is not null
    union all
    select format('comment on index %I.%I is %L', $2, relname, obj_description(oid, 'pg_class'))
    from pg_class
    join pg_index on indexrelid = oid
    where indrelid = $1::regclass and obj_description(oid, 'pg_class') is not null
    union all
    select format('comment on constraint %I on %I.%I is %L', conname, $2, $1, obj_description(oid, 'pg_constraint'))
    from pg_constraint
    where conrelid = $1::regclass and contype in ('p', 'u', 'x') and obj_description(oid, 'pg_constraint') is not null";

const TRIGGERS: &str = "
    select pg_get_triggerdef(oid, true)
    from pg_trigger
    where tgrelid = $1::regclass and not tgisinternal and $2 <> ''
    order by tgname";

const OPTIONS_AND_OWNER: &str = "
    select format('alter table %I.%I set (%s)', $2, $1, array_to_string(reloptions, ', '))
    from pg_class
    where oid = $1::regclass and reloptions is not null
    union all
    select format('alter table %I.%I owner to %I', $2, $1, pg_get_userbyid(relowner))
    from pg_class
    where oid = $1::regclass and pg_get_userbyid(relowner) <> current_user";

// Privileges on the table, its columns and the sequences of its identity columns, which keep their names.
const GRANTS: &str = "
    with granted as (
        select format('%I.%I', $2, relname) as target, '' as columns, relacl as acl, relowner as owner
        from pg_class
        where oid = $1::regclass
        union all
        select format('%I.%I', $2, $1), format('(%I)', attname), attacl, 0::oid
        from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and not attisdropped
        union all
        select format('sequence %I.%I', $2, sequence.relname), '', sequence.relacl, sequence.relowner
        from pg_depend
        join pg_class sequence on sequence.oid = objid and sequence.relkind = 'S'
        where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass and refobjid = $1::regclass
    )
    select format(
        'grant %s %s on %s to %s%s',
        privilege_type,
        columns,
        target,
        case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
        case when is_grantable then ' with grant option' else '' end
    )
    from granted, aclexplode(acl)
    where grantee <> owner";

const FOREIGN_KEYS: &str = "
    select format(
        'alter table %I.%I add constraint %I %s%s',
        $2,
        $1,
        conname,
        pg_get_constraintdef(oid),
        case when convalidated then ' not valid' else '' end
    )
    from pg_constraint
    where conrelid = $1::regclass and contype = 'f'
    order by conname";

const VALIDATIONS: &str = "
    select format('alter table %I.%I validate constraint %I', $2, $1, conname)
    from pg_constraint
    where conrelid = $1::regclass and contype = 'f' and convalidated
    order by conname";

/// The description of a view or rule that depends on one of these tables in `public`, and would prevent the swap.
pub(super) async fn dependent(
    connection: &mut PgConnection,
    tables: &[&str],
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(
        "select pg_describe_object('pg_class'::regclass, rule.ev_class, 0)
         from pg_depend
         join pg_rewrite rule on rule.oid = objid
         where classid = 'pg_rewrite'::regclass
             and refclassid = 'pg_class'::regclass
             and refobjid = any ($1::text[]::regclass[])
             and rule.ev_class <> refobjid
         limit 1",
    )
    .bind(tables)
    .fetch_optional(connection)
    .await
}
