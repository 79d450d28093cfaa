// What the scenarios share: settings, the ids to ask for, the reads with what their answers must look like, and the
// thresholds. Whoever adds an endpoint adds a line to READS.

import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

export const BASE_URL = (__ENV.BASE_URL || 'http://localhost:3000').replace(/\/+$/, '');
// A setting that is a number; make hands on those that are not set as empty ones.
export const setting = (name, otherwise) => Number(__ENV[name] || otherwise);
export const duration = (otherwise) => __ENV.DURATION || otherwise;
// Milliseconds within which 95 of 100 reads are answered.
export const P95 = setting('P95', 100);
const SERVICES = (__ENV.SERVICES || 'products,questions,reviews,cart,interactions').split(',');
export const isServed = (service) => SERVICES.includes(service);

// `share` is how often `mixed` asks for it. Answers are checked as text: parsing them all would cost k6 more than asking.
const READS = [
    {
        name: 'GET /products/:id', service: 'products', share: 4,
        path: (id) => `/products/${id}`,
        isRight: (body, id) => body.startsWith(`{"id":${id},"name":"`)
            && /"default_price":"\d+\.\d\d","features":\[.*\]\}$/.test(body),
    },
    {
        name: 'GET /products/:id/styles', service: 'products', share: 4,
        path: (id) => `/products/${id}/styles`,
        isRight: (body, id) => body.startsWith(`{"product_id":"${id}","results":[`) && body.endsWith(']}')
            && (body.endsWith(':[]}') || (body.includes('"photos":[{"') && body.includes('"skus":{"'))),
    },
    {
        name: 'GET /products/:id/related', service: 'products', share: 4,
        path: (id) => `/products/${id}/related`,
        isRight: (body) => /^\[(\d+(,\d+)*)?\]$/.test(body),
    },
    {
        name: 'GET /products', service: 'products', share: 1,
        // The page, five a page, that begins with this product where no id is left out.
        path: (id) => `/products?page=${Math.ceil(id / 5)}`,
        isRight: (body) => body.startsWith('[{"id":') && body.endsWith('"}]'),
    },
    {
        name: 'GET /reviews', service: 'reviews', share: 4,
        path: (id) => `/reviews?product_id=${id}`,
        isRight: (body, id) => body.startsWith(`{"product":"${id}","page":0,"count":5,"results":[`) && body.endsWith(']}'),
    },
    {
        name: 'GET /reviews/meta', service: 'reviews', share: 4,
        path: (id) => `/reviews/meta?product_id=${id}`,
        isRight: (body, id) => body.startsWith(`{"product_id":"${id}","ratings":{`)
            && /"recommended":\{"false":"\d+","true":"\d+"\},"characteristics":\{.*\}\}$/.test(body),
    },
    {
        name: 'GET /qa/questions', service: 'questions', share: 4,
        path: (id) => `/qa/questions?product_id=${id}`,
        isRight: (body, id) => body.startsWith(`{"product_id":"${id}","results":[`) && body.endsWith(']}'),
    },
].filter(({ service }) => isServed(service));

const byName = (name) => READS.find((read) => read.name === name);
const lots = READS.flatMap((read) => Array(read.share).fill(read));
// What a product page asks for when it is opened.
export const pageReads = READS.filter(({ share }) => share > 1);
export const readNames = READS.map(({ name }) => name);

// Tags of a request: what it is called in reports, whatever its ids.
export const named = (name) => ({ tags: { name }, timeout: '10s' });
const params = Object.fromEntries(READS.map(({ name }) => [name, named(name)]));

export const anyOf = (list) => list[Math.floor(Math.random() * list.length)];
export const anyProduct = (shop) => 1 + Math.floor(Math.random() * shop.products);

function isAnswered(read, id, response) {
    const name = `${read.name} answers what was asked for`;
    return check(response, { [name]: ({ status, body }) => status === 200 && read.isRight(body, id) });
}

function ask(read, id) {
    isAnswered(read, id, http.get(BASE_URL + read.path(id), params[read.name]));
}

// One request of this kind, for any product.
export function readOne(name) {
    const read = byName(name);
    return (shop) => ask(read, anyProduct(shop));
}

// One request of any kind, for any product.
export function readAny(shop) {
    ask(anyOf(lots), anyProduct(shop));
}

// All that a page asks for, at once as browsers do: the answers by name, null where one was wrong.
export function openPage(id) {
    const responses = http.batch(pageReads.map((read) => ['GET', BASE_URL + read.path(id), null, params[read.name]]));
    return Object.fromEntries(
        pageReads.map((read, i) => [read.name, isAnswered(read, id, responses[i]) ? responses[i].json() : null]),
    );
}

// Asked once, before the load: how many products there are, unless PRODUCTS says it.
export function setup() {
    const told = setting('PRODUCTS', 0);
    if (told) return { products: told };
    const response = http.get(`${BASE_URL}/products?count=1`, named('setup'));
    const products = Number(response.headers['X-Total-Count']);
    if (!products) {
        exec.test.abort(`${BASE_URL} does not say how many products there are (status ${response.status}): is it up?`);
    }
    return { products };
}

// Arrivals so many a second, whether or not earlier ones were answered, by as many users as that takes where each is busy
// for 40 ms; more are made where that is not enough. Each is a JavaScript machine: five times as many cost k6 itself half of
// its time. Those that find no free user are dropped, and a threshold counts them: what was not asked was not held.
const users = (rate, busy = 0.04) => {
    const enough = Math.ceil(Math.max(10, rate * busy));
    return { timeUnit: '1s', preAllocatedVUs: enough, maxVUs: 10 * enough, gracefulStop: '5s' };
};
export const steady = (rate, length, { busy, ...more } = {}) =>
    ({ executor: 'constant-arrival-rate', rate, duration: length, ...users(rate, busy), ...more });
export const ramp = (startRate, peak, stages, more) =>
    ({ executor: 'ramping-arrival-rate', startRate, stages, ...users(peak), ...more });

// Errors below 1 %, wrong answers below 1 %, 95 of 100 in time, next to nothing dropped; of the requests with this tag
// ("scenario:after"), or of all.
export function limits(tag, p95, planned, more = {}) {
    const of = tag ? `{${tag}}` : '';
    const rule = (threshold) => [{ threshold, ...more }];
    return {
        [`http_req_failed${of}`]: rule('rate<0.01'),
        [`checks${of}`]: rule('rate>0.99'),
        [`http_req_duration${of}`]: rule(`p(95)<${p95}`),
        ...(planned && { [`dropped_iterations${of}`]: rule(`count<${Math.max(1, planned / 100)}`) }),
    };
}

// The same limits for each kind of request, so that none hides among the others, and reports can tell them apart.
export function limitsEach(names, p95) {
    return Object.assign({}, ...names.map((name) => ({
        [`http_req_failed{name:${name}}`]: ['rate<0.01'],
        [`http_req_duration{name:${name}}`]: [`p(95)<${name.startsWith('GET') ? p95 : 2 * p95}`],
    })));
}

export const seconds = (length) => [...length.matchAll(/(\d+)(h|m|s)/g)]
    .reduce((sum, [, n, unit]) => sum + n * { h: 3600, m: 60, s: 1 }[unit], 0);

// What percentiles are told.
export const summaryTrendStats = ['avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max'];

// A whole scenario: these reads at RATE a second for DURATION.
export function steadily(names) {
    const [rate, length] = [setting('RATE', 100), duration('30s')];
    return {
        scenarios: { steady: steady(rate, length) },
        thresholds: { ...limits('', P95, rate * seconds(length)), ...limitsEach(names, P95) },
        summaryTrendStats,
    };
}
