// The highest rate that is sustained: RATE reads a second, 2 × RATE, 3 × RATE, … up to STEPS × RATE, DURATION each, until a
// step fails a threshold. The ramps between two steps are not judged.

import { P95, constantRate, duration, rampingRate, readAny, seconds, setting, summaryTrendStats, thresholds } from './shop.js';

export { handleSummary } from './summary.js';
export { setup } from './shop.js';

const RAMP_S = 3;
const rate = setting('RATE', 500);
const step_s = seconds(duration('15s'));
const rates = Array.from({ length: setting('STEPS', 20) }, (_, i) => (i + 1) * rate);
const start = (i, later) => ({ startTime: `${i * (RAMP_S + step_s) + later}s`, gracefulStop: '1s' });

// summary.js finds the sustained rate by the names of the steps, hold_<rate>.
export const options = {
    scenarios: Object.assign({}, ...rates.map((each, i) => ({
        [`ramp_to_${each}`]: rampingRate(each - rate, each, [{ target: each, duration: `${RAMP_S}s` }], start(i, 0)),
        [`hold_${each}`]: constantRate(each, `${step_s}s`, start(i, RAMP_S)),
    }))),
    // A step is judged at its end, not by its first moments.
    thresholds: Object.assign({}, ...rates.map((each, i) => thresholds(`scenario:hold_${each}`, P95, each * step_s, {
        abortOnFail: true, delayAbortEval: `${(i + 1) * (RAMP_S + step_s)}s`,
    }))),
    summaryTrendStats,
};

export default readAny;
