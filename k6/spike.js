// A sudden crowd: RATE reads a second, PEAK (ten times as many) within two seconds for DURATION, and RATE again. During the
// crowd responses may take five times as long; afterwards the first limits apply again.

import {
    P95, constantRate, duration, rampingRate, readAny, readNames, seconds, setting, summaryTrendStats, thresholds,
    thresholdsByName,
} from './shop.js';

export { handleSummary } from './summary.js';
export { setup } from './shop.js';

const rate = setting('RATE', 100);
const peak = setting('PEAK', 10 * rate);
const crowd = seconds(duration('20s'));

export const options = {
    scenarios: {
        before: constantRate(rate, '15s'),
        crowd: rampingRate(rate, peak, [
            { target: peak, duration: '2s' }, { target: peak, duration: `${crowd}s` }, { target: rate, duration: '2s' },
        ], { startTime: '15s' }),
        after: constantRate(rate, '20s', { startTime: `${19 + crowd}s` }),
    },
    thresholds: {
        ...thresholds('scenario:before', P95, 15 * rate),
        ...thresholds('scenario:crowd', 5 * P95, (crowd + 2) * peak),
        ...thresholds('scenario:after', P95, 20 * rate),
        ...thresholdsByName(readNames, 5 * P95),
    },
    summaryTrendStats,
};

export default readAny;
