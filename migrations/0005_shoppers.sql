-- What shoppers leave behind: carts and clicks; and what keeps a write that is sent twice from being done twice.

alter table skus add constraint skus_id_key unique (id);
comment on index skus_id_key is 'Finds a sku that is put into a cart, which names it by its id alone.';

create table cart_items (
    shopper bytea not null,
    sku_id bigint not null,
    units bigint not null,
    constraint cart_items_pkey primary key (shopper, sku_id),
    constraint cart_items_units_positive check (units > 0),
    constraint cart_items_sku_fkey foreign key (sku_id) references skus (id) on delete cascade
);
comment on table cart_items is 'What lies in the carts.';
comment on column cart_items.shopper is 'SHA-256 of the session cookie or token: nothing here lets anyone act for a shopper.';
comment on index cart_items_pkey is 'A shopper''s cart; one line a sku, however many connections add to it.';

create table interactions (
    id bigint generated always as identity,
    received_at timestamptz(3) not null default now(),
    element text not null,
    widget text not null,
    time text not null,
    constraint interactions_pkey primary key (id)
);
comment on table interactions is 'What shoppers click on, as pages report it.';
comment on column interactions.time is 'When it was, in the words of the page.';

create table idempotency_keys (
    key text not null,
    created_at timestamptz not null default now(),
    fingerprint bytea not null,
    location text,
    body text not null,
    product_id bigint,
    constraint idempotency_keys_pkey primary key (key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
comment on table idempotency_keys is
    'What was answered to POSTs with an Idempotency-Key, for 24 hours. Written in the transaction of the write itself.';
comment on column idempotency_keys.fingerprint is 'SHA-256 of method, path, shopper and body: the same key with another is a mistake. For a shopper who was new, the same
    without the shopper follows.';
comment on index idempotency_keys_pkey is 'Finds what a repeated request was answered at first.';
comment on index idempotency_keys_by_age is 'Finds what is older than a day, to be removed.';

create table load_marks (
    table_name text not null,
    last_id bigint not null,
    constraint load_marks_pkey primary key (table_name)
);
comment on table load_marks is
    'The largest id of each table at its last load: rows above it were written since, which the next load must not drop
    unasked.';

-- Before this migration nobody could write: what is there was loaded.
do $$
declare
    loaded text;
begin
    foreach loaded in array array[
        'products', 'features', 'styles', 'photos', 'skus', 'related_products', 'legacy_carts'
    ] loop
        execute format(
            'insert into load_marks (table_name, last_id) select %L, max(id) from %1$I having count(*) > 0', loaded
        );
    end loop;
end
$$;

-- The other tables have an index that leads with the id. These need but some kilobytes for it, as files, and so the
-- tables, are nearly in the order of the ids.
do $$
declare
    loaded text;
begin
    foreach loaded in array array[
        'features', 'styles', 'photos', 'related_products', 'answer_photos', 'review_photos', 'characteristics',
        'characteristic_ratings'
    ] loop
        execute format('create index %1$I on %2$I using brin (id)', loaded || '_by_id', loaded);
        execute format('comment on index %I is %L', loaded || '_by_id', 'Finds what was written since the last load.');
    end loop;
end
$$;
