// Does everything once, for some seconds: one shopper opens pages until each thing that can be done on one was done, and
// takes back what they wrote. Any wrong answer fails it.

import { check } from 'k6';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { ACTIONS, report, visit } from './journey.js';
import { BASE_URL, P95, named, readNames, readOne, summaryTrendStats } from './shop.js';

export { setup } from './shop.js';

const PAGES = 100;
const everythingDone = new Counter('everything_done');

export const options = {
    vus: 1,
    iterations: 1,
    thresholds: {
        everything_done: ['count==1'],
        checks: ['rate==1'], http_req_failed: ['rate==0'], http_req_duration: [`p(95)<${5 * P95}`],
    },
    summaryTrendStats,
};

export default function smoke(shop) {
    for (const path of ['/health/live', '/health/ready', '/openapi.json', '/docs']) {
        check(http.get(BASE_URL + path, named(`GET ${path}`)), { [`${path} answers`]: ({ status }) => status === 200 });
    }
    readNames.forEach((name) => readOne(name)(shop));
    const left = new Set(ACTIONS);
    for (let page = 0; page < PAGES && left.size > 0; page += 1) {
        const todo = new Set(left);
        for (const { action, written } of visit(shop, (_, action) => todo.has(action))) {
            left.delete(action);
            if (written) report(written);
        }
    }
    if (left.size > 0) console.error(`${PAGES} pages had nothing for: ${[...left].join(', ')}`);
    else everythingDone.add(1);
}
