//! The report as one page that stands by itself: styles and drawings are in it, and nothing is fetched.

use std::fmt::Write as _;

use crate::machine::Machine;
use crate::report::{Bound, Row, number};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1c2330}
table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;text-align:left;border-top:1px solid #dde2ea;vertical-align:top}
tr.note td{border-top:0;padding-top:0}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.met{color:#17683a}.short{color:#a3211f}
.none{color:#6b7280}small{color:#596273}svg{display:block}@media(prefers-color-scheme:dark){body{background:#12161d;color:#dfe5ee}
th,td{border-color:#2c3542}.met{color:#6fd39a}.short{color:#ff938d}small{color:#9aa5b5}}";

/// The page.
pub(crate) fn page(machine: &Machine, rows: &[Row]) -> String {
    let mut body = String::new();
    for row in rows {
        let class = match (row.result(), row.met) {
            (None, _) => "none",
            (_, true) => "met",
            _ => "short",
        };
        // Writing to a String can't fail.
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td class=n>{} {}</td><td class=n>{}<br><small>{}</small></td>\
             <td class=n>{}</td><td class=n>{}</td><td>{}</td><td class={class}>{}</td><td class=n>{}</td><td class=n>{:.0} %</td></tr>\
             <tr class=note><td></td><td colspan=9><small>{}</small></td></tr>",
            row.id,
            escape(row.name),
            number(row.value),
            row.unit,
            number(row.anchor),
            escape(row.anchor_name),
            number(row.ratio),
            row.wanted(),
            scale(row),
            row.told(),
            number(row.generator_us),
            row.others * 100.0,
            escape(&row.note),
        );
    }
    let met = rows.iter().filter(|row| row.met).count();
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Atelier: bench</title><style>{STYLE}</style><h1>Atelier beside what it is compared with</h1>\
         <p>{} of {} figures are met.<p><small>{}</small>\
         <table><tr><th>#<th>figure<th>value<th>anchor<th>ratio<th>wanted (beyond)<th>rounds<th>verdict\
         <th>load generator, µs a request<th>CPU of others</tr>{body}</table>\
         <p><small>Each drawing has one scale: the line in the middle is what is wanted, the thin one what is beyond; right of \
         it is better. A dot is a round, the bar goes to the median. A figure is disturbed where processes that have nothing \
         to do with the bench had more than 5 % of the CPUs while it was measured.</small></html>",
        met,
        rows.len(),
        escape(&machine.line()),
    )
}

const WIDTH: f64 = 240.0;

/// The rounds beside what is wanted.
fn scale(row: &Row) -> String {
    let Some(result) = row.result() else { return String::new() };
    // Doublings from the target, better to the right; two of them fit to either side.
    let place = |value: f64| {
        let doublings = (value.max(1e-9) / row.target.max(1e-9)).log2();
        let better = match row.bound {
            Bound::AtLeast => doublings,
            Bound::AtMost => -doublings,
        };
        WIDTH * (0.5 + better.clamp(-1.95, 1.95) / 4.0)
    };
    let (middle, end) = (WIDTH / 2.0, place(result));
    let dots = row.rounds.iter().fold(String::new(), |mut dots, round| {
        let _ = write!(dots, "<circle cx={:.1} cy=11 r=2.5 fill=#1c2330 fill-opacity=.55 />", place(*round));
        dots
    });
    format!(
        "<svg width={WIDTH} height=22 role=img aria-label='{}'><rect x={:.1} y=6 width={:.1} height=10 fill={} />\
         <path d='M{middle} 0V22' stroke=#7a8494 stroke-width=2 /><path d='M{:.1} 2V20' stroke=#7a8494 stroke-width=.7 />{dots}</svg>",
        row.told(),
        end.min(middle),
        (end - middle).abs(),
        if row.met { "#4ea874" } else { "#d4605a" },
        place(row.beyond),
    )
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
