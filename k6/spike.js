// A crowd that comes at once: RATE reads a second, PEAK (ten times as many) within two seconds for DURATION, and RATE
// again. In the crowd answers may take five times as long; after it, all is as before.

import { P95, duration, limits, limitsEach, ramp, readAny, readNames, seconds, setting, steady, summaryTrendStats } from './shop.js';

export { setup } from './shop.js';

const rate = setting('RATE', 100);
const peak = setting('PEAK', 10 * rate);
const crowd = seconds(duration('20s'));

export const options = {
    scenarios: {
        before: steady(rate, '15s'),
        crowd: ramp(rate, peak, [
            { target: peak, duration: '2s' }, { target: peak, duration: `${crowd}s` }, { target: rate, duration: '2s' },
        ], { startTime: '15s' }),
        after: steady(rate, '20s', { startTime: `${19 + crowd}s` }),
    },
    thresholds: {
        ...limits('scenario:before', P95, 15 * rate),
        ...limits('scenario:crowd', 5 * P95, (crowd + 2) * peak),
        ...limits('scenario:after', P95, 20 * rate),
        ...limitsEach(readNames, 5 * P95),
    },
    summaryTrendStats,
};

export default readAny;
