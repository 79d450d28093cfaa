-- Retention: carts that nobody touches are deleted. And which programs work on this schema.

-- A date, so that only the first change of an item on a day changes an indexed value: all others are HOT, and write no
-- index. The default is stable, so no row is rewritten: existing items count as touched today. Programs that do not know
-- the column insert the default; they do not update it.
alter table cart_items add column touched_on date not null default current_date;
comment on column cart_items.touched_on is
    'The day of the last addition. A cart expires as a whole, when its last item was touched too long ago.';

comment on column interactions.received_at is
    'Ascends with the id, but for concurrent transactions. The oldest are found by the primary key, without an index that
    every insert would write.';

create table schema_compatibility (
    singleton boolean not null default true,
    oldest_program bigint not null,
    constraint schema_compatibility_pkey primary key (singleton),
    constraint schema_compatibility_one_row check (singleton)
);
insert into schema_compatibility (oldest_program) values (7);
comment on table schema_compatibility is
    'Expand and contract: a migration that programs in use do not survive raises the minimum; all others leave it.';
comment on column schema_compatibility.oldest_program is
    'The oldest program that works on this schema, by the newest migration that it knows.';
