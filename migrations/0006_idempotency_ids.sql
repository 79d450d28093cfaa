-- A repeated creation needs the ids of what was created: they say what to invalidate, and where it is. They were read
-- back out of the location; now they are stored as numbers: product_id and id where there is a location, else none.

alter table idempotency_keys add column ids bigint[] not null default '{}';

update idempotency_keys
set ids = array[product_id, substring(location from '[0-9]+$')::bigint]
where location is not null and product_id is not null;

comment on column idempotency_keys.ids is
    'Ids of what was created, in the order that the creation defines; empty where it has none.';
comment on column idempotency_keys.location is 'Written by version 0.1 only, which read ids out of it.';
comment on column idempotency_keys.product_id is 'Written by version 0.1 only.';

-- While replicas are updated one after the other, version 0.1 still inserts without ids.
create function idempotency_keys_set_ids()
returns trigger
language plpgsql
as $$
begin
    if new.location is not null and new.product_id is not null then
        new.ids := array[new.product_id, substring(new.location from '[0-9]+$')::bigint];
    end if;
    return new;
end
$$;
comment on function idempotency_keys_set_ids is 'Sets the ids of a row that version 0.1 writes.';

create trigger idempotency_keys_set_ids before insert or update on idempotency_keys
    for each row execute function idempotency_keys_set_ids();

-- The terms that the documentation uses.
comment on function notify_changed is 'Notifies every replica that rows of a topic have changed.';
comment on function on_change_notify is 'Notifies every replica of the rows that a statement has changed.';
comment on function on_truncate_notify is 'Notifies every replica that all rows of the topics have changed.';
comment on table idempotency_keys is
    'Responses to POSTs with an Idempotency-Key, for 24 hours. Written in the transaction of the creation itself.';
comment on index idempotency_keys_pkey is 'Finds the first response to a repeated request.';
comment on index idempotency_keys_by_age is 'Finds keys that have expired, to be deleted.';
comment on table cart_items is 'Units of each sku in each cart.';
comment on table interactions is 'Clicks of shoppers, as pages report them.';
