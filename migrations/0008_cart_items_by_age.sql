-- no-transaction
create index concurrently cart_items_by_age on cart_items (touched_on);
