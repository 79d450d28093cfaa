// How much it holds: RATE reads a second, 2 × RATE, 3 × RATE, … up to STEPS × RATE, DURATION each, and ends where a step
// breaks a threshold. The report says which was the last that held. What comes between two steps is not judged.

import { P95, duration, limits, ramp, readAny, seconds, setting, steady, summaryTrendStats } from './shop.js';

export { setup } from './shop.js';

const rate = setting('RATE', 500);
const each = seconds(duration('15s'));
const climb = 3;
const steps = Array.from({ length: setting('STEPS', 20) }, (_, i) => (i + 1) * rate);
const start = (i, later) => ({ startTime: `${i * (climb + each) + later}s`, gracefulStop: '1s' });

export const options = {
    scenarios: Object.assign({}, ...steps.map((step, i) => ({
        [`climb_to_${step}`]: ramp(step - rate, step, [{ target: step, duration: `${climb}s` }], start(i, 0)),
        [`hold_${step}`]: steady(step, `${each}s`, start(i, climb)),
    }))),
    // A step is judged when it is over, not by its first moments.
    thresholds: Object.assign({}, ...steps.map((step, i) => limits(`scenario:hold_${step}`, P95, step * each, {
        abortOnFail: true, delayAbortEval: `${(i + 1) * (climb + each)}s`,
    }))),
    summaryTrendStats,
};

export default readAny;
