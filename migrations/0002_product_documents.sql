-- The read model of the catalogue: one row a product, holding the JSON that a client is sent, kept true by the
-- database itself, whoever writes to the base tables.
--
-- A request for a product reads one row by its key and copies text. The JSON is made here and nowhere else, by
-- product_documents_between(); triggers call it for the products that a statement touched, the loader for all.

create table product_documents (
    product_id bigint not null,
    summary text not null,
    features text not null,
    styles text not null,
    related text not null,
    constraint product_documents_pkey primary key (product_id),
    constraint product_documents_product_fkey foreign key (product_id) references products (id) on delete cascade
);
comment on table product_documents is 'The read model: the ready JSON of each product.';
comment on column product_documents.summary is 'The product as it stands in the list: {"id":1,"name":…}.';
comment on column product_documents.features is 'Its features, [{"feature":…,"value":…}]: with the summary, the answer to /products/:id.';
comment on column product_documents.styles is 'The whole answer to /products/:id/styles.';
comment on column product_documents.related is 'The whole answer to /products/:id/related.';
comment on index product_documents_pkey is 'Finds the documents of one product, or of the many that are asked for at one time.';

do $$
begin
    alter table product_documents
        alter column summary set compression lz4,
        alter column features set compression lz4,
        alter column styles set compression lz4,
        alter column related set compression lz4;
exception when feature_not_supported then
    raise notice 'this server is built without lz4: documents are compressed with pglz, which is slower to read';
end
$$;

-- Neither plpgsql nor fixed to a search_path, so that the planner looks inside, and so that the loader can point it
-- at the tables it has just filled.
create function product_documents_between(low bigint, high bigint)
returns table (product_id bigint, summary text, features text, styles text, related text)
language sql stable
as $$
    with
    feature_lists as (
        select
            f.product_id,
            string_agg(
                '{"feature":' || to_json(f.feature) || ',"value":' || coalesce(to_json(f.value)::text, 'null') || '}',
                ',' order by f.id
            ) as items
        from features f
        where f.product_id between low and high
        group by f.product_id
    ),
    photo_lists as (
        select
            p.product_id,
            p.style_id,
            string_agg(
                '{"thumbnail_url":' || to_json(p.thumbnail_url) || ',"url":' || to_json(p.url) || '}',
                ',' order by p.id
            ) as items
        from photos p
        where p.product_id between low and high
        group by p.product_id, p.style_id
    ),
    sku_lists as (
        select
            k.product_id,
            k.style_id,
            string_agg(
                '"' || k.id || '":{"quantity":' || k.quantity || ',"size":' || to_json(k.size) || '}',
                ',' order by k.id
            ) as items
        from skus k
        where k.product_id between low and high
        group by k.product_id, k.style_id
    ),
    style_lists as (
        select
            s.product_id,
            string_agg(
                '{"style_id":' || s.id
                || ',"name":' || to_json(s.name)
                || ',"original_price":"' || s.original_price
                || '","sale_price":' || coalesce('"' || s.sale_price || '"', 'null')
                || ',"default?":' || s.is_default
                || ',"photos":[' || coalesce(p.items, '{"thumbnail_url":null,"url":null}')
                || '],"skus":{' || coalesce(k.items, '"null":{"quantity":null,"size":null}')
                || '}}',
                ',' order by s.id
            ) as items
        from styles s
        left join photo_lists p on p.product_id = s.product_id and p.style_id = s.id
        left join sku_lists k on k.product_id = s.product_id and k.style_id = s.id
        where s.product_id between low and high
        group by s.product_id
    ),
    related_lists as (
        select
            r.product_id,
            string_agg(r.related_product_id::text, ',' order by r.id) as items
        from related_products r
        where r.product_id between low and high
        group by r.product_id
    )
    select
        p.id,
        '{"id":' || p.id
        || ',"name":' || to_json(p.name)
        || ',"slogan":' || to_json(p.slogan)
        || ',"description":' || to_json(p.description)
        || ',"category":' || to_json(p.category)
        || ',"default_price":"' || p.default_price
        || '"}',
        '[' || coalesce(f.items, '') || ']',
        '{"product_id":"' || p.id || '","results":[' || coalesce(s.items, '') || ']}',
        '[' || coalesce(r.items, '') || ']'
    from products p
    left join feature_lists f on f.product_id = p.id
    left join style_lists s on s.product_id = p.id
    left join related_lists r on r.product_id = p.id
    where p.id between low and high
$$;
comment on function product_documents_between is 'Makes the documents of the products with these ids, from the base tables.';

create table product_counts (
    bucket bigint not null,
    products bigint not null,
    constraint product_counts_pkey primary key (bucket)
);
comment on table product_counts is
    'How many products there are with an id in [1000 * bucket, 1000 * bucket + 999]: finds the first product of page
    200,000 by adding up a thousand numbers instead of stepping over a million rows, and counts them all.';
comment on index product_counts_pkey is 'Counts up and down; adds up in the order of the ids.';

-- Rebuilds the documents of these products after a change of theirs, and tells every server which they were.
create function refresh_product_documents(ids bigint[])
returns void
language plpgsql
as $$
declare
    payload text := 'products:' || array_to_string(ids, ',');
begin
    -- Two transactions may change two parts of one product. The second waits here for the first to commit, and the
    -- next statement, having a snapshot of its own, reads what that one wrote. (Under REPEATABLE READ it fails with
    -- a serialization error instead.)
    perform from product_documents d where d.product_id = any (ids) order by d.product_id for update;

    insert into product_documents (product_id, summary, features, styles, related)
    select d.product_id, d.summary, d.features, d.styles, d.related
    from unnest(ids) as changed (id), lateral product_documents_between(changed.id, changed.id) d
    on conflict (product_id) do update
    set summary = excluded.summary,
        features = excluded.features,
        styles = excluded.styles,
        related = excluded.related;

    -- A payload must be shorter than 8,000 bytes.
    perform pg_notify('atelier', case when length(payload) < 7000 then payload else 'products:*' end);
end
$$;
comment on function refresh_product_documents is 'Makes the documents of these products anew, and notifies `atelier`.';

create function on_products_change()
returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if tg_op <> 'UPDATE' then
        insert into product_counts as c (bucket, products)
        select changed.id / 1000, count(*) * case tg_op when 'INSERT' then 1 else -1 end
        from changed
        group by 1
        order by 1
        on conflict (bucket) do update set products = c.products + excluded.products;
    end if;
    if exists (select from changed) then
        perform refresh_product_documents((select array_agg(changed.id order by changed.id) from changed));
    end if;
    return null;
end
$$;
comment on function on_products_change is 'Keeps documents and counts true to products.';

create function on_product_parts_change()
returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    ids bigint[];
begin
    if tg_op = 'UPDATE' then
        select array_agg(product_id order by product_id) into ids
        from (select product_id from changed union select product_id from replaced) touched;
    else
        select array_agg(distinct product_id order by product_id) into ids from changed;
    end if;
    if ids is not null then
        perform refresh_product_documents(ids);
    end if;
    return null;
end
$$;
comment on function on_product_parts_change is 'Keeps documents true to what belongs to products.';

create function on_products_truncate()
returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    -- The documents have gone with the products, by their foreign key. Where only a part was emptied they have not.
    delete from product_counts where tg_table_name = 'products';
    lock table product_documents in share row exclusive mode;
    insert into product_documents (product_id, summary, features, styles, related)
    select d.product_id, d.summary, d.features, d.styles, d.related
    from product_documents_between(1, 9223372036854775807) d
    on conflict (product_id) do update
    set summary = excluded.summary,
        features = excluded.features,
        styles = excluded.styles,
        related = excluded.related;
    perform pg_notify('atelier', 'products:*');
    return null;
end
$$;
comment on function on_products_truncate is 'Keeps documents and counts true when a table is emptied.';

create trigger products_inserted after insert on products
    referencing new table as changed for each statement execute function on_products_change();
create trigger products_updated after update on products
    referencing new table as changed for each statement execute function on_products_change();
create trigger products_deleted after delete on products
    referencing old table as changed for each statement execute function on_products_change();
create trigger products_truncated after truncate on products
    for each statement execute function on_products_truncate();

do $$
declare
    part text;
begin
    foreach part in array array['features', 'styles', 'photos', 'skus', 'related_products'] loop
        execute format(
            'create trigger %1$I after insert on %2$I referencing new table as changed
                 for each statement execute function on_product_parts_change()',
            part || '_inserted', part
        );
        execute format(
            'create trigger %1$I after update on %2$I referencing old table as replaced new table as changed
                 for each statement execute function on_product_parts_change()',
            part || '_updated', part
        );
        execute format(
            'create trigger %1$I after delete on %2$I referencing old table as changed
                 for each statement execute function on_product_parts_change()',
            part || '_deleted', part
        );
        execute format(
            'create trigger %1$I after truncate on %2$I
                 for each statement execute function on_products_truncate()',
            part || '_truncated', part
        );
    end loop;
end
$$;
