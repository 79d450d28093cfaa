// What the scenarios share: settings, the reads with what a correct response looks like, arrival rates and thresholds.
// A new endpoint is a new entry of READS.

import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

export const BASE_URL = (__ENV.BASE_URL || 'http://localhost:3000').replace(/\/+$/, '');
// A setting that is a number; one that is empty is not set.
export const setting = (name, fallback) => Number(__ENV[name] || fallback);
export const duration = (fallback) => __ENV.DURATION || fallback;
// The 95th percentile of reads may be this many milliseconds.
export const P95 = setting('P95', 100);
const SERVICES = (__ENV.SERVICES || 'products,questions,reviews,cart,interactions').split(',');
export const isServed = (service) => SERVICES.includes(service);

// `weight` is how often `mixed` requests it. Responses are checked as text: parsing all of them would cost k6 more than
// requesting them.
const READS = [
    {
        name: 'GET /products/:id', service: 'products', weight: 4,
        path: (id) => `/products/${id}`,
        isCorrect: (body, id) => body.startsWith(`{"id":${id},"name":"`)
            && /"default_price":"\d+\.\d\d","features":\[.*\]\}$/.test(body),
    },
    {
        name: 'GET /products/:id/styles', service: 'products', weight: 4,
        path: (id) => `/products/${id}/styles`,
        isCorrect: (body, id) => body.startsWith(`{"product_id":"${id}","results":[`) && body.endsWith(']}')
            && (body.endsWith(':[]}') || (body.includes('"photos":[{"') && body.includes('"skus":{"'))),
    },
    {
        name: 'GET /products/:id/related', service: 'products', weight: 4,
        path: (id) => `/products/${id}/related`,
        isCorrect: (body) => /^\[(\d+(,\d+)*)?\]$/.test(body),
    },
    {
        name: 'GET /products', service: 'products', weight: 1,
        // The page of five on which this product is, if no id is missing.
        path: (id) => `/products?page=${Math.ceil(id / 5)}`,
        isCorrect: (body) => body.startsWith('[{"id":') && body.endsWith('"}]'),
    },
    {
        name: 'GET /reviews', service: 'reviews', weight: 4,
        path: (id) => `/reviews?product_id=${id}`,
        isCorrect: (body, id) => body.startsWith(`{"product":"${id}","page":0,"count":5,"results":[`) && body.endsWith(']}'),
    },
    {
        name: 'GET /reviews/meta', service: 'reviews', weight: 4,
        path: (id) => `/reviews/meta?product_id=${id}`,
        isCorrect: (body, id) => body.startsWith(`{"product_id":"${id}","ratings":{`)
            && /"recommended":\{"false":"\d+","true":"\d+"\},"characteristics":\{.*\}\}$/.test(body),
    },
    {
        name: 'GET /qa/questions', service: 'questions', weight: 4,
        path: (id) => `/qa/questions?product_id=${id}`,
        isCorrect: (body, id) => body.startsWith(`{"product_id":"${id}","results":[`) && body.endsWith(']}'),
    },
].filter(({ service }) => isServed(service));

const weighted = READS.flatMap((read) => Array(read.weight).fill(read));
// The requests of a product page when it is opened.
export const pageReads = READS.filter(({ weight }) => weight > 1);
export const readNames = READS.map(({ name }) => name);

// The parameters of a request; `name` groups requests in reports, whatever their ids.
export const named = (name) => ({ tags: { name }, timeout: '10s' });
const params = Object.fromEntries(READS.map(({ name }) => [name, named(name)]));

export const randomItem = (list) => list[Math.floor(Math.random() * list.length)];
export const randomProduct = ({ products }) => 1 + Math.floor(Math.random() * products);

function isCorrect(read, id, response) {
    const name = `${read.name} is correct`;
    return check(response, { [name]: ({ status, body }) => status === 200 && read.isCorrect(body, id) });
}

function get(read, id) {
    isCorrect(read, id, http.get(BASE_URL + read.path(id), params[read.name]));
}

// An iteration: the read of this name, for a random product.
export function readOne(name) {
    const read = READS.find((candidate) => candidate.name === name);
    return (data) => get(read, randomProduct(data));
}

// An iteration: a random read, for a random product.
export function readAny(data) {
    get(randomItem(weighted), randomProduct(data));
}

// All reads of a page at once, as browsers send them: the parsed bodies by name, null for a wrong response.
export function openPage(id) {
    const responses = http.batch(pageReads.map((read) => ['GET', BASE_URL + read.path(id), null, params[read.name]]));
    return Object.fromEntries(
        pageReads.map((read, i) => [read.name, isCorrect(read, id, responses[i]) ? responses[i].json() : null]),
    );
}

// Runs once, before the load: how many products there are, unless PRODUCTS is set.
export function setup() {
    const set = setting('PRODUCTS', 0);
    if (set) return { products: set };
    const response = http.get(`${BASE_URL}/products?count=1`, named('setup'));
    const products = Number(response.headers['X-Total-Count']);
    if (!products) exec.test.abort(`${BASE_URL}/products has no X-Total-Count (status ${response.status}): is the service up?`);
    return { products };
}

// Virtual users for a rate of arrivals, where an iteration takes `busy` seconds; up to ten times as many are added when
// needed. Each is a JavaScript machine: five times as many cost k6 half of its own CPU time. An iteration that finds no free
// user is dropped, and a threshold counts them: a rate that was not sent was not sustained.
const users = (rate, busy = 0.04) => {
    const enough = Math.ceil(Math.max(10, rate * busy));
    return { timeUnit: '1s', preAllocatedVUs: enough, maxVUs: 10 * enough, gracefulStop: '5s' };
};
export const constantRate = (rate, length, { busy, ...more } = {}) =>
    ({ executor: 'constant-arrival-rate', rate, duration: length, ...users(rate, busy), ...more });
export const rampingRate = (startRate, peak, stages, more) =>
    ({ executor: 'ramping-arrival-rate', startRate, stages, ...users(peak), ...more });

// Thresholds for requests with this tag ("scenario:after"), or for all: failures, wrong responses and dropped iterations
// below 1 %, and the 95th percentile in milliseconds. `planned` is the number of iterations.
export function thresholds(tag, p95, planned, more = {}) {
    const of = tag ? `{${tag}}` : '';
    const rule = (threshold) => [{ threshold, ...more }];
    return {
        [`http_req_failed${of}`]: rule('rate<0.01'),
        [`checks${of}`]: rule('rate>0.99'),
        [`http_req_duration${of}`]: rule(`p(95)<${p95}`),
        [`dropped_iterations${of}`]: rule(`count<${Math.max(1, planned / 100)}`),
    };
}

// The same for each name, so that a slow endpoint does not hide among fast ones, and reports show each.
export function thresholdsByName(names, p95) {
    return Object.assign({}, ...names.map((name) => ({
        [`http_req_failed{name:${name}}`]: ['rate<0.01'],
        [`http_req_duration{name:${name}}`]: [`p(95)<${name.startsWith('GET') ? p95 : 2 * p95}`],
    })));
}

export const seconds = (length) => [...length.matchAll(/(\d+)(h|m|s)/g)]
    .reduce((sum, [, n, unit]) => sum + n * { h: 3600, m: 60, s: 1 }[unit], 0);

// What summary.js shows of a run.
export const summaryTrendStats = ['count', 'avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max'];

// The options of a scenario that requests these reads, RATE a second for DURATION.
export function constantLoad(names) {
    const [rate, length] = [setting('RATE', 100), duration('30s')];
    return {
        scenarios: { constant: constantRate(rate, length) },
        thresholds: { ...thresholds('', P95, rate * seconds(length)), ...thresholdsByName(names, P95) },
        summaryTrendStats,
    };
}
