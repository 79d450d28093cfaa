// The end of a run: a verdict, the requests by name and scenario, and the thresholds, as text for the terminal and as HTML
// for the top of report.html; and all metrics, as k6 has them, in summary.json.

import { BASE_URL } from './shop.js';

const PERCENTILES = ['med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max'];
const STEP = /\{scenario:hold_(\d+)\}/;

const count = (number) => `${Math.round(number)}`.replace(/\B(?=(\d{3})+$)/g, ',');
const time = (ms) => (ms < 0.1 ? `${Math.round(1000 * ms)} µs` : `${ms < 100 ? ms.toFixed(1) : count(ms)} ms`);
const measured = (values, rule) => Number(values[rule.match(/[\w().]+/)[0]].toPrecision(4));

// hold_500 comes before hold_1000.
const inOrder = (names) => names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

// Columns of the same width: text to the left, numbers to the right.
function table(rows) {
    const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => `${row[i]}`.length)));
    const pad = (cell, i) => (i === 0 ? `${cell}`.padEnd(widths[i]) : `${cell}`.padStart(widths[i]));
    return rows.map((row) => row.map(pad).join('  ')).join('\n');
}

// All requests, and those of each name and scenario of which there were any.
function requestRows(metrics) {
    return inOrder(Object.keys(metrics)).flatMap((metric) => {
        const [, tag, name] = metric.match(/^http_req_duration(\{(?:name|scenario):(.+)\})?$/) ?? [];
        const values = metrics[metric].values;
        if (!(tag || metric === 'http_req_duration') || !values.count) return [];
        const failed = metrics[`http_req_failed${tag ?? ''}`]?.values.passes ?? 0;
        return [[name ?? 'all', count(values.count), count(failed), ...PERCENTILES.map((field) => time(values[field]))]];
    });
}

// The thresholds, without those of scenarios that were not reached.
function evaluated(metrics) {
    const isReached = (metric) => {
        const [tag] = metric.match(/\{scenario:.+\}$/) ?? [];
        return !tag || metrics[`http_req_duration${tag}`].values.count > 0;
    };
    return inOrder(Object.keys(metrics).filter(isReached)).flatMap((metric) =>
        Object.entries(metrics[metric].thresholds ?? {}).map(([rule, { ok }]) =>
            ({ metric, rule, ok, value: measured(metrics[metric].values, rule) })));
}

// A stress test looks for the rate at which a threshold fails; all others pass or fail.
function verdict(thresholds) {
    const failed = thresholds.filter(({ ok }) => !ok);
    const reasons = failed.map(({ metric, rule, value }) => `${metric} is ${value}, not ${rule}`).join('; ');
    const rates = (list) => list.flatMap(({ metric }) => metric.match(STEP)?.[1] ?? []).map(Number);
    const steps = rates(thresholds);
    if (steps.length === 0) return failed.length ? `FAILED: ${reasons}` : 'All thresholds passed';
    const broken = Math.min(...rates(failed));
    if (broken === Infinity) return `Sustained every rate up to ${count(Math.max(...steps))}/s: raise RATE or STEPS`;
    const sustained = steps.filter((step) => step < broken);
    const before = sustained.length ? `Sustained ${count(Math.max(...sustained))}/s, failed` : 'Failed at the first rate,';
    return `${before} at ${count(broken)}/s: ${reasons}`;
}

export function handleSummary(data) {
    const { metrics, state } = data;
    const value = (metric, field) => metrics[metric]?.values[field] ?? 0;
    const thresholds = evaluated(metrics);
    const text = [
        `${__ENV.SCENARIO || 'k6'} against ${BASE_URL}`,
        verdict(thresholds),
        `${count(value('http_reqs', 'count'))} requests in ${(state.testRunDurationMs / 1000).toFixed(1)} s`
            + ` (${count(value('http_reqs', 'rate'))}/s), ${count(value('http_req_failed', 'passes'))} failed,`
            + ` ${count(value('checks', 'fails'))} checks failed, ${count(value('dropped_iterations', 'count'))} iterations dropped`,
        table([['', 'requests', 'failed', ...PERCENTILES], ...requestRows(metrics)]),
        table([
            ['threshold', 'wanted', 'measured', ''],
            ...thresholds.map(({ metric, rule, ok, value: is }) => [metric, rule, is, ok ? '✓' : '✗']),
        ]),
    ].join('\n\n');
    const dir = __ENV.OUT;
    return {
        stdout: `\n${text}\n`,
        ...(dir && { [`${dir}/summary.json`]: JSON.stringify(data, null, 1), [`${dir}/summary.html`]: html(text) }),
    };
}

function html(text) {
    const style = 'margin:3rem 5rem;font:1.3rem/1.5 monospace;letter-spacing:0;white-space:pre-wrap';
    return `<pre style="${style}">${text.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</pre>\n`;
}
