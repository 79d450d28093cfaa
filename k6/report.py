"""Makes report.html and report.json of one run, and says how it went: python3 report.py SCENARIO BASE_URL DIR.

DIR has what k6 said of itself: options.json (what was planned), timeline.ndjson (each second, added up by k6's
dashboard) and summary.json (the whole, and what the thresholds said). The page has all it shows in itself.
"""

import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

from page import PERCENTILES, page

NAMED = re.compile(r"http_req_duration\{name:(.+)\}")
PART = re.compile(r"http_req_duration(\{(?:name|scenario):(.+)\})")
HELD = re.compile(r"scenario:hold_(\d+)\}")


def read_timeline(path):
    """The periods of the run, each with its metrics by name, and what parts of them k6's summary calls."""
    events = (json.loads(line) for line in path.read_text().splitlines())
    metrics, fields, start, periods = {}, {}, None, []
    for event in events:
        kind, data = event["event"], event["data"]
        if kind == "param":
            fields = data["aggregates"]
        elif kind == "metric":
            metrics.update(data)
        elif kind == "start":
            start = data[0][0]
        elif kind == "snapshot":
            # One list of values for each metric known by then, in the order of their names.
            period = {
                name: dict(zip(fields[metrics[name]["type"]], values))
                for name, values in zip(sorted(metrics), data) if values
            }
            periods.append(period)
    return start, periods


def timeline(start, periods):
    """What the charts show: a row for each period."""
    rows, before = [], start
    for period in periods:
        end = period["time"]["value"]
        seconds = (end - before) / 1000
        before = end
        if seconds < 0.3:  # The rest after the last whole period says nothing by the second.
            continue
        value = lambda metric, field, otherwise=0: period.get(metric, {}).get(field, otherwise)
        rows.append({
            "second": round((end - start) / 1000, 1),
            "requests_per_second": round(value("http_reqs", "count") / seconds, 1),
            "dropped_per_second": round(value("dropped_iterations", "count") / seconds, 1),
            "errors_percent": round(100 * value("http_req_failed", "rate"), 3),
            "wrong_percent": round(100 * (1 - value("checks", "rate", 1)), 3),
            "users": value("vus", "value"),
            "ms": {field: value("http_req_duration", field, None) for field in ("med", "p(90)", "p(95)", "p(99)", "max")},
            "p95_ms_by_name": {
                NAMED.match(name)[1]: values["p(95)"]
                for name, values in period.items() if NAMED.match(name) and "setup" not in name
            },
        })
    return rows


def by_number(name):
    """Puts hold_500 before hold_1000."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def parts(metrics):
    """What was counted apart, requests by name and scenarios, as far as there was any of it."""
    for tag, name in (PART.match(name).groups() for name in sorted(metrics, key=by_number) if PART.match(name)):
        failed = metrics[f"http_req_failed{tag}"]
        if requests := failed["passes"] + failed["fails"]:
            ms = times(metrics[f"http_req_duration{tag}"])
            yield tag, name, {"requests": requests, "errors": failed["passes"], "ms": ms}


def times(metric):
    return {field: round(metric[field], 3) for field in PERCENTILES}


def thresholds(metrics, reached):
    """Each threshold with what was measured, without those of which nothing was measured: steps never reached."""
    for name in sorted(metrics, key=by_number):
        metric = metrics[name]
        tag = re.search(r"\{(name|scenario):.+\}", name)
        if tag and tag[0] not in reached:
            continue
        for rule, is_broken in metric.get("thresholds", {}).items():
            field = re.match(r"[\w().]+", rule)[0]
            measured = round(metric.get(field, metric.get("value")), 4)
            yield {"metric": name, "rule": rule, "measured": measured, "held": not is_broken}


def verdict(rules):
    """How it went, in a sentence. A stress test is there to find a number; the others hold or don't."""
    broken = [rule for rule in rules if not rule["held"]]
    because = "; ".join(f"{rule['metric']}: {rule['rule']} was {rule['measured']:.4g}" for rule in broken)
    steps = {int(step[1]) for rule in rules if (step := HELD.search(rule["metric"]))}
    if steps:
        failed = {int(step[1]) for rule in broken if (step := HELD.search(rule["metric"]))}
        if not failed:
            return f"Held every step, up to {max(steps):,}/s: raise RATE or STEPS to find where it breaks"
        held = max((step for step in steps if step < min(failed)), default=None)
        before = f"Held {held:,}/s, broke at" if held else "Broke at the first step,"
        return f"{before} {min(failed):,}/s ({because})"
    return f"Broke: {because}" if broken else "All thresholds held"


def summarise(scenario, base_url, folder):
    metrics = json.loads((folder / "summary.json").read_text())["metrics"]
    options = json.loads((folder / "options.json").read_text())
    start, periods = read_timeline(folder / "timeline.ndjson")
    apart = list(parts(metrics))
    rules = list(thresholds(metrics, {tag for tag, _, _ in apart}))
    return {
        "scenario": scenario,
        "base_url": base_url,
        "started": datetime.fromtimestamp(start / 1000, timezone.utc).isoformat(timespec="seconds"),
        "seconds": round((periods[-1]["time"]["value"] - start) / 1000, 1) if periods else 0,
        "verdict": verdict(rules),
        "held": all(rule["held"] for rule in rules),
        "requests": metrics["http_reqs"]["count"],
        "requests_per_second": round(metrics["http_reqs"]["rate"], 1),
        "errors": metrics["http_req_failed"]["passes"],
        "wrong_answers": metrics.get("checks", {}).get("fails", 0),
        "dropped": metrics.get("dropped_iterations", {}).get("count", 0),
        "ms": times(metrics["http_req_duration"]),
        "parts": {name: part for _, name, part in apart},
        "thresholds": rules,
        "planned": options.get("scenarios") or {"once": {"executor": "per-vu-iterations", "vus": 1, "iterations": 1}},
        "timeline": timeline(start, periods),
    }


def main(scenario, base_url, folder):
    report = summarise(scenario, base_url, Path(folder))
    (Path(folder) / "report.json").write_text(json.dumps(report, indent=1))
    out = Path(folder) / "report.html"
    out.write_text(page(report))
    print(f"{report['verdict']}\n{out.resolve()}")


main(*sys.argv[1:])
