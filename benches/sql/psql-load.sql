-- Loads the product files with psql alone, to the same end state as the loader. Runs in the directory of the files, which
-- must be undamaged, since COPY rejects damaged lines.
--
-- Constraints and triggers of a migrated database's tables are dropped, the tables are filled by \copy one after another
-- (without WAL, since they are truncated in the same transaction), and all are restored. The read model is filled by the
-- schema's function in one statement.
\set ON_ERROR_STOP on
set client_min_messages = warning;
set jit = off;
-- The same settings as the loader's.
set synchronous_commit = off;
set maintenance_work_mem = '192MB';
set work_mem = '64MB';

create temp table loaded as
select unnest(array[
    'products', 'features', 'styles', 'photos', 'skus', 'related_products', 'product_documents', 'product_counts'
]::regclass[]) as id;
create temp table definitions as
select
    conrelid::regclass::text as on_table,
    conname as name,
    contype as kind,
    pg_get_constraintdef(oid) as definition
from pg_constraint
where conrelid in (select id from loaded) or confrelid in (select id from loaded);

select format('alter table %s drop constraint %I', on_table, name) from definitions order by kind = 'f' desc
\gexec
select format('alter table %s disable trigger user', id) from loaded
\gexec

begin;
-- The files of photos and skus have no product id; their styles do.
create temp table new_photos (id bigint, style_id bigint, url text, thumbnail_url text) on commit drop;
create temp table new_skus (id bigint, style_id bigint, size text, quantity integer) on commit drop;
truncate products, features, styles, photos, skus, related_products, product_documents, product_counts;
\copy products (id, name, slogan, description, category, default_price) from 'product.csv' with (format csv, header, null 'null', freeze)
\copy features (id, product_id, feature, value) from 'features.csv' with (format csv, header, null 'null', freeze)
\copy styles (id, product_id, name, sale_price, original_price, is_default) from 'styles.csv' with (format csv, header, null 'null', freeze)
\copy new_photos (id, style_id, url, thumbnail_url) from 'photos.csv' with (format csv, header, null 'null')
\copy new_skus (id, style_id, size, quantity) from 'skus.csv' with (format csv, header, null 'null')
\copy related_products (id, product_id, related_product_id) from 'related.csv' with (format csv, header, null 'null', freeze)
-- Some products do not exist.
delete from related_products r where not exists (select from products p where p.id = r.related_product_id);
analyze styles, new_photos, new_skus;
insert into photos (product_id, style_id, id, url, thumbnail_url)
select s.product_id, n.style_id, n.id, n.url, n.thumbnail_url
from new_photos n
join styles s on s.id = n.style_id;
insert into skus (product_id, style_id, id, quantity, size)
select s.product_id, n.style_id, n.id, n.quantity, n.size
from new_skus n
join styles s on s.id = n.style_id;
commit;

-- The keys and checks of these tables, which the read model's function needs.
select format('alter table %s add constraint %I %s', on_table, name, definition)
from definitions
where kind <> 'f' and on_table not in ('product_documents', 'product_counts')
order by kind = 'p' desc
\gexec
analyze products, features, styles, photos, skus, related_products;

begin;
truncate product_documents, product_counts;
insert into product_documents (product_id, summary, features, styles, related)
select product_id, summary, features, styles, related from product_documents_between(1, 9223372036854775807);
insert into product_counts (bucket, products) select id / 1000, count(*) from products group by 1 order by 1;
commit;

select format('alter table %s add constraint %I %s', on_table, name, definition)
from definitions
where kind <> 'f' and on_table in ('product_documents', 'product_counts')
\gexec
select format('alter table %s add constraint %I %s', on_table, name, definition) from definitions where kind = 'f'
\gexec
select format('alter table %s enable trigger user', id) from loaded
\gexec
select
    setval(pg_get_serial_sequence('products', 'id'), (select max(id) from products)),
    setval(pg_get_serial_sequence('features', 'id'), (select max(id) from features)),
    setval(pg_get_serial_sequence('styles', 'id'), (select max(id) from styles)),
    setval(pg_get_serial_sequence('photos', 'id'), (select max(id) from photos)),
    setval(pg_get_serial_sequence('skus', 'id'), (select max(id) from skus)),
    setval(pg_get_serial_sequence('related_products', 'id'), (select max(id) from related_products));
analyze product_documents, product_counts;
