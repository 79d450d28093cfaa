// The same for long: RATE reads a second, and a shopper for every hundred of them, for DURATION (an hour). What leaks or
// grows shows in the report as lines that climb.

import { visit } from './journey.js';
import { P95, duration, limits, limitsEach, readAny, readNames, seconds, setting, steady, summaryTrendStats } from './shop.js';

export { setup } from './shop.js';

const [rate, length] = [setting('RATE', 100), duration('1h')];
const visits = Math.ceil(rate / 100);

export const options = {
    scenarios: {
        reads: steady(rate, length, { exec: 'read' }),
        shoppers: steady(visits, length, { exec: 'shop', busy: 4, gracefulStop: '15s' }),
    },
    thresholds: { ...limits('', P95, rate * seconds(length)), ...limitsEach(readNames, P95) },
    summaryTrendStats,
};

export const read = readAny;
export const shop = (about) => visit(about, (chance) => Math.random() < chance);
