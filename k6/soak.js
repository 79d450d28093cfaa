// The mix for long: RATE reads a second for DURATION (an hour), and a shopper for every hundred of them. A leak shows in the
// report as a line that climbs.

import { visit } from './journey.js';
import {
    P95, constantRate, duration, readAny, readNames, seconds, setting, summaryTrendStats, thresholds, thresholdsByName,
} from './shop.js';

export { handleSummary } from './summary.js';
export { setup } from './shop.js';

const [rate, length] = [setting('RATE', 100), duration('1h')];
const visits = Math.ceil(rate / 100);

export const options = {
    scenarios: {
        reads: constantRate(rate, length, { exec: 'read' }),
        shoppers: constantRate(visits, length, { exec: 'shop', busy: 4, gracefulStop: '15s' }),
    },
    thresholds: { ...thresholds('', P95, rate * seconds(length)), ...thresholdsByName(readNames, P95) },
    summaryTrendStats,
};

export const read = readAny;
export const shop = (data) => visit(data, (probability) => Math.random() < probability);
