"""Pieces of the page: tables, figures with legends and captions, inputs of examples."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from wisen.report.chart import Chart
from wisen.spoken import figure as number
from wisen.spoken import signed

COLOURS: dict[str, int] = {"learned": 0, "by hand": 1, "naive": 2}
"""The colours of the rivals, the same in every figure."""


def escaped(text: Any) -> str:
    """A text as HTML."""
    return html.escape(str(text))


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f"<p{f' class={kind}' if kind else ''}>{escaped(text)}</p>" if text else ""


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], words: int = 1) -> str:
    """A table; the first so many columns hold words, the others numbers. Cells that are Raw stand as they are."""
    if not rows:
        return ""

    def cell(place: int, value: Any, tag: str) -> str:
        kind = "" if place < words else ' class="n"'
        return f"<{tag}{kind}>{value if isinstance(value, Raw) else escaped(value)}</{tag}>"

    head = "".join(cell(place, value, "th") for place, value in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell(at, value, 'td') for at, value in enumerate(row))}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


class Raw(str):
    """HTML that stands as it is."""

    __slots__ = ()


def drawing(chart: Chart, caption: str, legend: Mapping[str, int] | None = None) -> str:
    """A chart with its legend and the caption that tells how it was made."""
    keys = "".join(
        f'<span class="k"><i class="k{colour}"></i>{escaped(name)}</span>' for name, colour in (legend or {}).items()
    )
    above = f'<div class="legend">{keys}</div>' if keys else ""
    return f"<figure>{above}{chart}<figcaption>{escaped(caption)}</figcaption></figure>"


def beside(*pieces: str) -> str:
    """Pieces side by side where there is room."""
    return f'<div class="beside">{"".join(piece for piece in pieces if piece)}</div>'


def named(name: str, several: bool) -> str:
    """The head of an output where there are several."""
    return f"<h3>{escaped(name)}</h3>" if several else ""


def outputs(figures: Mapping[str, Any], draw: Any) -> str:
    """The pieces of every output, each with its name where there are several."""
    every = figures["outputs"]
    return "".join(named(name, len(every) > 1) + draw(name, each) for name, each in every.items())


def share(value: float) -> str:
    """A share as per cent, with as many digits as matter."""
    per_cent = 100 * value
    return f"{per_cent:.1f} %" if 0.05 < abs(per_cent) < 99.95 else f"{per_cent:.3g} %"


def amount(value: float, shares: bool) -> str:
    """A metric's value: a share as per cent, anything else as a number."""
    return share(value) if shares else number(value)


def change(value: float, shares: bool) -> str:
    """A difference between two of a metric's values: of shares in points of per cent."""
    return f"{100 * value:+.1f} points" if shares else signed(value)


def percent(value: float) -> str:
    """A round share as per cent."""
    return f"{100 * value:.0f} %"


def between(ends: Sequence[float], shares: bool) -> str:
    """An interval of differences in words."""
    low, high = ends
    return f"{100 * low:+.1f} and {100 * high:+.1f} points" if shares else f"{signed(low)} and {signed(high)}"


def ranged(ends: Sequence[float], shares: bool) -> str:
    """An interval in words."""
    low, high = ends
    return f"{amount(low, shares)} to {amount(high, shares)}"


def shown(values: Sequence[tuple[str, Any, Any]]) -> str:
    """(name, kind, value) of the inputs of an example as HTML: the value where it is one, else a small list."""
    if len(values) == 1:
        _, kind, value = values[0]
        return str(kind.glimpse(value))
    told = "".join(f"<dt>{escaped(name)}</dt><dd>{kind.glimpse(value)}</dd>" for name, kind, value in values)
    return f"<dl>{told}</dl>"
