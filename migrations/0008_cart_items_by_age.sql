-- no-transaction
-- Finds carts to be deleted. It is built while others write, since carts may be many; so it is a statement without a
-- transaction, alone in its file.
create index concurrently cart_items_by_age on cart_items (touched_on);
