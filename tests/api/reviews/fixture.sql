-- Reviews of the products of catalogue.sql. Those of product 2 are in a different order for each sort, with ties, and one is
-- reported. Rows are not inserted in the order of their ids.

insert into reviews
    (id, product_id, written_at, helpfulness, rating, recommend, is_reported, summary, body, response, reviewer_name, reviewer_email)
values
    (9, 2, '2020-06-01', 2, 5, true, false, 'Nine', 'The ninth', null, 'nina', 'nina@mail.example'),
    (5, 2, '2019-01-01 01:02:03.004+01', 2, 3, false, false, 'Five', 'The fifth', 'Sorry!', 'bob', 'bob@mail.example'),
    (6, 2, '2018-01-01', 40, 4, true, false, 'Six', 'The sixth', null, 'sixt', 'sixt@mail.example'),
    (7, 2, '2020-07-01', 1000, 2, true, true, 'Seven', 'The reported one', null, 'eve', 'eve@mail.example'),
    (8, 2, '2020-06-01', 2, 5, true, false, 'Eight', 'The eighth', null, 'ada', 'ada@mail.example'),
    (10, 2, '2020-12-01', 0, 1, false, false, 'Ten', 'The tenth', null, 'tom', 'tom@mail.example'),
    (1, 1, '2020-07-28 21:05:14.409Z', 8, 5, true, false, 'One', 'The first', 'null', 'yan', 'yan@mail.example'),
    -- Text that JSON must escape, and text that it must not.
    (3, 3, '1969-12-31 23:59:59.999Z', 0, 1, false, false, E'Quote " back\\slash / slash', E'tab\t newline\n bell\u0007 delete\u007f', '',
        E'line\u2028 <b>&amp;</b> ''two''  spaces  ', 'x@mail.example');

insert into review_photos (id, product_id, review_id, url) values
    (12, 2, 5, 'https://images.example/12.jpg'),
    (2, 2, 5, 'https://images.example/2.jpg?a=1&b="2"'),
    (3, 2, 8, 'https://images.example/3.jpg'),
    (4, 1, 1, 'https://images.example/4.jpg');

insert into characteristics (id, product_id, name) values
    (16, 2, 'Length'),
    (14, 2, 'Quality'),
    -- Rated only in the reported review.
    (15, 2, 'Fit'),
    (1, 1, 'Fit'),
    (30, 3, E'"Quoted" \U0001F45F'),
    (50, 5, 'Comfort');

insert into characteristic_ratings (id, product_id, review_id, characteristic_id, value) values
    (1, 2, 5, 14, 4),
    (2, 2, 6, 14, 3),
    (3, 2, 8, 14, 3),
    (4, 2, 7, 14, 1),
    (5, 2, 7, 15, 5),
    (6, 2, 5, 16, 5),
    (7, 2, 6, 16, 5),
    (8, 2, 8, 16, 4),
    (9, 1, 1, 1, 4);

select setval(pg_get_serial_sequence(name, 'id'), 100)
from unnest(array['reviews', 'review_photos', 'characteristics', 'characteristic_ratings']) name;
