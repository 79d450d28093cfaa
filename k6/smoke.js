// Everything once: one shopper opens pages until each action was possible on one, and hides what they wrote. Any wrong
// response fails it.

import { check } from 'k6';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { ACTIONS, report, visit } from './journey.js';
import { BASE_URL, P95, named, readNames, readOne, summaryTrendStats } from './shop.js';

export { handleSummary } from './summary.js';
export { setup } from './shop.js';

const MAX_PAGES = 100;
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

export default function smoke(data) {
    for (const path of ['/health/live', '/health/ready', '/openapi.json', '/docs']) {
        check(http.get(BASE_URL + path, named(`GET ${path}`)), { [`GET ${path} is correct`]: ({ status }) => status === 200 });
    }
    readNames.forEach((name) => readOne(name)(data));
    const missing = new Set(ACTIONS);
    for (let page = 0; page < MAX_PAGES && missing.size > 0; page += 1) {
        const wanted = new Set(missing);
        for (const { action, written } of visit(data, (_, action) => wanted.has(action))) {
            missing.delete(action);
            if (written) report(written);
        }
    }
    if (missing.size > 0) console.error(`none of ${MAX_PAGES} pages permitted: ${[...missing].join(', ')}`);
    else everythingDone.add(1);
}
