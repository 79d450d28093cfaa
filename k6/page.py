"""The report as a page: all it shows is in it, and it runs no script."""

import html
from collections import Counter
from string import Template

import charts

PERCENTILES = ["med", "p(90)", "p(95)", "p(99)", "p(99.9)", "max"]


def table(head, rows):
    cell = lambda tag, text: f"<{tag}>{html.escape(str(text))}</{tag}>"
    line = lambda tag, cells: "<tr>" + "".join(cell(tag, text) for text in cells) + "</tr>"
    return f"<table>{line('th', head)}{''.join(line('td', row) for row in rows)}</table>"


def figure(caption, note, svg):
    return f"<figure><figcaption>{html.escape(caption)}<small>{html.escape(note)}</small></figcaption>{svg}</figure>"


def planned(name, scenario):
    """A scenario in words: name, when, what."""
    rate = f"{scenario['rate']:,}/s for {scenario['duration']}" if "rate" in scenario else ", ".join(
        f"to {stage['target']:,}/s in {stage['duration']}" for stage in scenario.get("stages", []))
    return name, scenario.get("startTime") or "0s", rate or "once", scenario.get("maxVUs", scenario.get("vus", ""))


def page(report):
    """The whole page."""
    rows, ms = report["timeline"], report["ms"]
    at = [row["second"] for row in rows]
    column = lambda key: [row[key] for row in rows]
    asked = Counter(name for row in rows for name in row["p95_ms_by_name"])
    names = sorted(name for name, _ in asked.most_common(len(charts.COLOURS)))
    time = lambda value: f"{value:,.1f} ms" if value >= 0.1 else f"{1000 * value:,.0f} µs"
    share = lambda part: f"{100 * part / max(1, report['requests']):.2f} %"
    tiles = [
        ("requests", f"{report['requests']:,}"), ("a second", f"{report['requests_per_second']:,}"),
        ("errors", share(report["errors"])), ("wrong answers", share(report["wrong_answers"])),
        ("dropped", f"{report['dropped']:,}"), ("median", time(ms["med"])), ("p95", time(ms["p(95)"])),
        ("p99", time(ms["p(99)"])), ("p99.9", time(ms["p(99.9)"])),
    ]
    graphs = [figure("Percentiles", "ms, whole run, on a logarithmic scale", charts.columns(ms, "ms"))]
    if len(rows) > 1:
        graph = lambda caption, note, series, unit, **more: figure(caption, note, charts.lines(at, series, unit, **more))
        latencies = {field: [row["ms"][field] for row in rows] for field in ("med", "p(90)", "p(95)", "p(99)")}
        by_name = {name: [row["p95_ms_by_name"].get(name) for row in rows] for name in names}
        rates = {"answered": column("requests_per_second"), "dropped": column("dropped_per_second")}
        errors = {"errors": column("errors_percent"), "wrong answers": column("wrong_percent")}
        graphs = [
            graph("Latency over time", "ms, each period", latencies, "ms"), *graphs,
            graph("Rate", "requests a second", rates, "/s"),
            graph("Errors", "% of requests", errors, "%", least=1),
            graph("p95 by request", "ms, each period, of those asked most", by_name, "ms"),
            graph("Users at work", "virtual users busy at the end of each period", {"users": column("users")}, "", least=5),
        ]
    return PAGE.substitute(
        title=html.escape(f"k6 {report['scenario']}"),
        about=html.escape(f"{report['base_url']} · {report['started']} · {report['seconds']:g} s"),
        state="held" if report["held"] else "broken" if report["scenario"] != "stress" else "found",
        verdict=html.escape(report["verdict"]),
        tiles="".join(f"<div><b>{value}</b>{label}</div>" for label, value in tiles),
        graphs="".join(graphs),
        parts=table(["", "requests", "errors", *PERCENTILES], (
            (name, f"{part['requests']:,}", part["errors"], *(time(part["ms"][field]) for field in PERCENTILES))
            for name, part in report["parts"].items())) if report["parts"] else "<p>Not told apart in this scenario.</p>",
        thresholds=table(["", "of", "threshold", "measured"], (
            ("✓" if rule["held"] else "✗", rule["metric"], rule["rule"], f"{rule['measured']:.4g}")
            for rule in report["thresholds"])),
        planned=table(["scenario", "starts", "arrivals", "users at most"], (planned(*one) for one in sorted(
            report["planned"].items(), key=lambda one: int((one[1].get("startTime") or "0s").rstrip("s"))))),
    )


PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
:root { color-scheme: light dark; --line: light-dark(#e3e3e0, #3a3a38);
  --dim: light-dark(#6b6b66, #a5a59f); --card: light-dark(#fff, #20201f) }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1.5rem; font: 15px/1.5 system-ui, sans-serif;
  background: light-dark(#f7f7f5, #161615) }
h1, h2 { margin: 0; font-weight: 650 } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
p { margin: 0; color: var(--dim) }
.verdict { margin: 1rem 0; padding: .7rem 1rem; border-left: 5px solid; border-radius: 4px; background: var(--card);
  font-weight: 600; overflow-wrap: anywhere }
.held { border-color: #1baf7a } .broken { border-color: #d1495b } .found { border-color: #2a78d6 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.6rem, 1fr)); gap: .7rem; color: var(--dim) }
.tiles div, figure { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem }
.tiles b { display: block; font-size: 1.15rem; color: CanvasText; white-space: nowrap }
.graphs { display: grid; grid-template-columns: repeat(auto-fit, minmax(28rem, 1fr)); gap: 1rem; margin-top: 1rem }
figure { margin: 0 } figcaption { font-weight: 600; margin-bottom: .4rem }
small { font-weight: 400; color: var(--dim); margin-left: .6rem }
svg { width: 100%; display: block } text { font-size: 11px; fill: var(--dim) }
.grid { stroke: var(--line) } .hover { fill: transparent } .hover:hover { fill: #8882 }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .8rem; color: var(--dim) }
.legend i { display: inline-block; width: .8rem; height: .2rem; margin-right: .4rem; vertical-align: middle }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .87rem }
td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap }
</style>
<h1>$title</h1>
<p>$about</p>
<div class="verdict $state">$verdict</div>
<div class="tiles">$tiles</div>
<div class="graphs">$graphs</div>
<h2>By request and scenario</h2><div class="wide">$parts</div>
<h2>Thresholds</h2><div class="wide">$thresholds</div>
<h2>What was planned</h2><div class="wide">$planned</div>
</html>
""")
