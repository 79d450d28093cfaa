-- /qa/questions shows at most a thousand answers of a question, the oldest ones, as a page shows at most a thousand results:
-- a question with 200,000 answers must not take seconds, and tens of megabytes, of each request for its product.
-- /qa/questions/:id/answers has them all, by pages.

create or replace function question_results()
returns table (product_id bigint, id bigint, result text)
language sql stable
as $$
    select
        q.product_id,
        q.id,
        '{"question_id":' || q.id
        || ',"question_body":' || to_json(q.body)
        || ',"question_date":"' || iso_time(q.written_at)
        || '","asker_name":' || to_json(q.asker_name)
        || ',"question_helpfulness":' || q.helpfulness
        || ',"reported":' || q.is_reported
        || ',"answers":{' || coalesce(
            (
                select string_agg(
                    '"' || a.id
                    || '":{"id":' || a.id
                    || ',"body":' || to_json(a.body)
                    || ',"date":"' || iso_time(a.written_at)
                    || '","answerer_name":' || to_json(a.answerer_name)
                    || ',"helpfulness":' || a.helpfulness
                    || ',"photos":[' || coalesce(
                        (
                            select string_agg(to_json(p.url)::text, ',' order by p.id)
                            from answer_photos p
                            where p.product_id = a.product_id
                                and p.question_id = a.question_id
                                and p.answer_id = a.id
                        ),
                        ''
                    ) || ']}',
                    ',' order by a.id
                )
                from (
                    select
                        first.product_id,
                        first.question_id,
                        first.id,
                        first.body,
                        first.written_at,
                        first.answerer_name,
                        first.helpfulness
                    from answers first
                    where first.product_id = q.product_id and first.question_id = q.id and not first.is_reported
                    order by first.id
                    limit 1000
                ) a
            ),
            ''
        ) || '}}'
    from questions q
$$;
