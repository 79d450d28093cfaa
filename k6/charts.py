"""Charts as SVG, without a script."""

import html
import math

COLOURS = ["#2a78d6", "#1baf7a", "#eda100", "#d1495b", "#4a3aa7", "#e87ba4", "#008300", "#8d99ae"]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 600, 220, 52, 12, 10, 24


def ceiling(value):
    """The next round number: 1, 2 or 5 with zeros."""
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def say(value, unit):
    number = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.3g}"
    return f"{number} {unit}".strip() if unit != "/s" else number + unit


def svg(parts):
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'


def text(x, y, words, anchor="middle"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def lines(at, series, unit, least=0):
    """Lines over seconds, by name; None is a gap. The axis goes up to `least` at the least."""
    top = ceiling(max([value for values in series.values() for value in values if value] + [least], default=1) or 1)
    x = lambda second: LEFT + (second - at[0]) / (at[-1] - at[0]) * (WIDTH - LEFT - RIGHT)
    y = lambda value: HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)
    parts = []
    for i in range(5):
        value = top * i / 4
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(text(LEFT - 6, y(value) + 4, say(value, unit), "end"))
    tick = ceiling((at[-1] - at[0]) / 6)
    for i in range(math.ceil(at[0] / tick), int(at[-1] / tick) + 1):
        parts.append(text(x(i * tick), HEIGHT - 6, f"{i * tick:g} s"))
    for colour, (name, values) in zip(COLOURS, series.items()):
        path, pen = "", "M"
        for second, value in zip(at, values):
            path += "" if value is None else f"{pen}{x(second):.1f} {y(value):.1f}"
            pen = "M" if value is None else "L"
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    # What is under the pointer, said by the browser itself.
    width = (WIDTH - LEFT - RIGHT) / len(at)
    for i, second in enumerate(at):
        here = [(name, values[i]) for name, values in series.items() if values[i] is not None]
        told = "\n".join([f"{second:g} s", *(f"{name}: {say(value, unit)}" for name, value in here)])
        parts.append(f'<rect class="hover" x="{x(second) - width / 2:.1f}" y="{TOP}" width="{width:.1f}" '
                     f'height="{HEIGHT - TOP - BOTTOM}"><title>{html.escape(told)}</title></rect>')
    legend = "".join(
        f'<span><i style="background:{colour}"></i>{html.escape(name)}</span>' for colour, name in zip(COLOURS, series))
    return svg(parts) + f'<div class="legend">{legend}</div>'


def columns(values, unit):
    """A column for each value, on a logarithmic scale of times, with the value on top."""
    low = min(0.1, *(max(value, 0.001) for value in values.values()))
    high = max(1, *values.values())
    over = lambda value: math.log10(max(value, low) / low * 1.2)
    height = lambda value: (HEIGHT - TOP - BOTTOM - 16) * over(value) / over(high)
    step = (WIDTH - 2 * RIGHT) / len(values)
    parts = []
    for i, (name, value) in enumerate(values.items()):
        middle, tall = RIGHT + step * (i + 0.5), height(value)
        parts.append(f'<rect x="{middle - step * 0.3:.1f}" y="{HEIGHT - BOTTOM - tall:.1f}" width="{step * 0.6:.1f}" '
                     f'height="{tall:.1f}" rx="2" fill="{COLOURS[0]}"/>')
        parts.append(text(middle, HEIGHT - BOTTOM - tall - 5, say(value, unit)))
        parts.append(text(middle, HEIGHT - 6, name))
    return svg(parts)
