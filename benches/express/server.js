'use strict';
// GET /products/:id/styles by Express and pg, as a good Node engineer writes it: one query builds the JSON in PostgreSQL
// (json_agg over lateral joins, along the primary keys), prepared by name, on a small pool; its text is sent without
// parsing. One process per CPU, since Node has one thread for JavaScript. With CACHE=on, bodies are cached in a Map that
// evicts the oldest when it is full. The JSON is equal to the service's.

const cluster = require('node:cluster');
const { availableParallelism } = require('node:os');

const CONNECTIONS = 8; // of all processes
const CACHED = 50_000; // bodies, of each process

const STYLES = {
  name: 'styles',
  text: `
    select json_build_object(
      'product_id', p.id::text,
      'results', coalesce(json_agg(
        json_build_object(
          'style_id', s.id,
          'name', s.name,
          'original_price', s.original_price::text,
          'sale_price', s.sale_price::text,
          'default?', s.is_default,
          'photos', photos.list,
          'skus', skus.list
        ) order by s.id
      ) filter (where s.id is not null), '[]')
    )::text as body
    from products p
    left join styles s on s.product_id = p.id
    left join lateral (
      select coalesce(
        json_agg(json_build_object('thumbnail_url', f.thumbnail_url, 'url', f.url) order by f.id),
        '[{"thumbnail_url":null,"url":null}]'
      ) as list
      from photos f
      where f.product_id = s.product_id and f.style_id = s.id
    ) photos on true
    left join lateral (
      select coalesce(
        json_object_agg(k.id, json_build_object('quantity', k.quantity, 'size', k.size) order by k.id),
        '{"null":{"quantity":null,"size":null}}'
      ) as list
      from skus k
      where k.product_id = s.product_id and k.style_id = s.id
    ) skus on true
    where p.id = $1
    group by p.id`,
};

function work(processes) {
  const express = require('express');
  const { Pool } = require('pg');
  const pool = new Pool({
    connectionString: process.env.DATABASE_URL,
    max: Math.max(1, Math.floor(CONNECTIONS / processes)),
  });
  const cache = process.env.CACHE === 'on' ? new Map() : null;

  async function styles(id) {
    const cached = cache?.get(id);
    if (cached) return cached;
    const { rows } = await pool.query({ ...STYLES, values: [id] });
    const body = rows[0]?.body;
    if (cache && body) {
      if (cache.size >= CACHED) cache.delete(cache.keys().next().value);
      cache.set(id, body);
    }
    return body;
  }

  const app = express();
  app.disable('x-powered-by');
  app.get('/health', async (request, response) => {
    await pool.query('select 1');
    response.json({ status: 'ok' });
  });
  app.get('/products/:id/styles', async (request, response) => {
    const id = Number(request.params.id);
    if (!Number.isSafeInteger(id) || id < 1) return response.status(404).json({ error: 'not found' });
    const body = await styles(id);
    if (!body) return response.status(404).json({ error: 'not found' });
    return response.type('json').send(body);
  });
  const server = app.listen(Number(process.env.PORT), '127.0.0.1');
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}

const processes = availableParallelism();
if (cluster.isPrimary) {
  for (let i = 0; i < processes; i += 1) cluster.fork();
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
    process.exit(0);
  });
} else {
  work(processes);
}
