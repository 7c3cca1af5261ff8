"""Bar charts as SVG: each measured ratio and its goal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, BAR, GAP, LEFT, TOP = 1000, 22, 12, 440, 46
FULL = 1.25  # what the whole width stands for; the goal is 1
MET, MISSED, INK, MUTED = "#2F7D4F", "#B4532A", "#1F2933", "#6B7785"


class Row(NamedTuple):
    """One bar: how far the goal is reached (1: exactly; more is better), and its label."""

    what: str
    measured: str
    goal: str
    reached: float


def draw(title: str, rows: Sequence[Row]) -> str:
    """Return the chart; bars past 1.25 of the goal are cut there."""
    height = TOP + len(rows) * (BAR + GAP) + 20
    at_goal = LEFT + (WIDTH - LEFT - 150) / FULL
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="Arial, sans-serif" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
        *(_bar(row, TOP + number * (BAR + GAP)) for number, row in enumerate(rows)),
        f'<line x1="{at_goal:.0f}" x2="{at_goal:.0f}" y1="{TOP - 8}" y2="{height - 14}" stroke="{INK}" '
        f'stroke-dasharray="4 3"/>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bar(row: Row, y: int) -> str:
    length = (WIDTH - LEFT - 150) * min(row.reached, FULL) / FULL
    middle = y + BAR * 0.7
    color = MET if row.reached >= 1 else MISSED
    return (
        f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{escape(row.what)}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR}" fill="{color}"/>'
        f'<text x="{WIDTH - 140}" y="{middle:.0f}">{escape(row.measured)} '
        f'<tspan fill="{MUTED}">({escape(row.goal)})</tspan></text>'
    )


class Bar(NamedTuple):
    """One bar of a chart in milliseconds: its median is filled, the line behind it reaches to its p99."""

    what: str
    p50: float
    p99: float


def draw_bars(title: str, bars: Sequence[Bar]) -> str:
    """Return the chart on a logarithmic scale: what is compared differs by factors of thousands."""
    height = TOP + len(bars) * (BAR + GAP) + 30
    low = 10 ** math.floor(math.log10(max(1e-3, min(bar.p50 for bar in bars))))
    high = 10 ** math.ceil(math.log10(max(bar.p99 for bar in bars)))
    decades = round(math.log10(high / low))

    def at(value: float) -> float:
        return LEFT + (WIDTH - LEFT - 150) * math.log10(max(value, low) / low) / max(1, decades)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="Arial, sans-serif" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
    ]
    for power in range(decades + 1):
        x = at(low * 10**power)
        parts.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{TOP - 8}" y2="{height - 26}" stroke="#D5DAE0"/>')
        parts.append(
            f'<text x="{x:.0f}" y="{height - 10}" text-anchor="middle" fill="{MUTED}">{low * 10**power:g}</text>'
        )
    for number, bar in enumerate(bars):
        y = TOP + number * (BAR + GAP)
        middle = y + BAR / 2
        parts.append(
            f'<text x="{LEFT - 10}" y="{y + BAR * 0.7:.0f}" text-anchor="end">{escape(bar.what)}</text>'
            f'<line x1="{LEFT}" x2="{at(bar.p99):.0f}" y1="{middle}" y2="{middle}" stroke="{MET}" stroke-width="3"/>'
            f'<rect x="{LEFT}" y="{y}" width="{max(1, at(bar.p50) - LEFT):.0f}" height="{BAR}" fill="{MET}"/>'
            f'<text x="{WIDTH - 140}" y="{y + BAR * 0.7:.0f}">{bar.p50:,.1f} '
            f'<tspan fill="{MUTED}">({bar.p99:,.1f})</tspan></text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
