"""A frontier as a picture: quality over the time of a call, in SVG and PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wisen.headtohead import BY_HAND
from wisen.report.chart import LETTER, Axis, Chart
from wisen.sizes.frontier import LINEAR, PRESENT

if TYPE_CHECKING:
    from wisen.sizes.frontier import Frontier, Point

WIDE, HIGH, LINE = 720, 420, 15
"""Of the picture, and how high a line of text is."""
INK, SOFT, RULE = "#1c1c1e", "#6a6a70", "#e1e1e4"
COLOURS = ("#1f5f99", "#b8560b", "#85858c", "#1a6b3c")
"""Of the widths, the hand-written body, the linear program and the present one."""
STYLE = (
    f"text{{font:12px sans-serif;fill:{INK}}}.l{{fill:{SOFT}}}.g{{stroke:{RULE};fill:none}}"
    f".a{{stroke:{SOFT};fill:none}}.d{{stroke-dasharray:4 4}}"
    + "".join(f".c{n}{{stroke:{c};fill:none;stroke-width:1.5}}.p{n}{{fill:{c}}}" for n, c in enumerate(COLOURS))
)


def colour(point: Point) -> int:
    """The number of a point's colour."""
    return {BY_HAND: 1, LINEAR: 2, PRESENT: 3}.get(point.name, 0)


def radius(point: Point, found: Frontier) -> float:
    """How large a point is: the knee is larger."""
    return 6.0 if point.name == found.knee else 3.5


def label(point: Point, found: Frontier) -> str:
    """What is written at a point: of a width only how many times the present one it is."""
    name = point.name if point.factor is None else f"x {point.factor:g}"
    marks = ", ".join(found.marks(point))
    return f"{name}: {marks}" if marks else name


def labels(found: Frontier, canvas: Chart) -> list[tuple[float, float, str]]:
    """(left, baseline, text) of each point's name: beside it, where no other name and no point is."""
    spots = [canvas.at(1e6 * point.seconds, point.value) for point in found.points]
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in spots]
    told = []
    for point, (x, y) in zip(found.points, spots, strict=True):
        text = label(point, found)
        wide = LETTER * len(text)
        for row in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, 6):
            places = [(left, y + 4 + LINE * row) for left in (x + 9, x - 9 - wide)]
            free = [
                (left, base)
                for left, base in places
                if canvas.left < left < WIDE - wide
                and LINE < base < HIGH - canvas.bottom
                and not any(left < b and a < left + wide and base - 11 < d and c < base + 2 for a, c, b, d in taken)
            ]
            if free:
                break
        left, base = free[0] if free else places[0]
        taken.append((left, base - 11, left + wide, base + 2))
        told.append((left, base, text))
    return told


def chart(found: Frontier) -> Chart:
    """The axes, on which all points and their intervals have room."""
    ends = [end for point in found.points for end in (point.low, point.high, point.value)]
    x = Axis.around("microseconds of a call, median (logarithmic)", [1e6 * p.seconds for p in found.points], log=True)
    y = Axis.around(f"{found.metric}, held out, 95 % intervals ({found.better} is better)", ends)
    return Chart(found.title, x, y, WIDE, HIGH)


def svg(found: Frontier) -> str:
    """The picture as an SVG file."""
    canvas = chart(found)
    canvas.line([(1e6 * point.seconds, point.value) for point in found.points if point.factor is not None], 0, True)
    for point in found.points:
        across = 1e6 * point.seconds
        canvas.interval(across, (point.low, point.high), colour(point))
        canvas.dots([(across, point.value)], colour(point), radius(point, found))
    for left, base, text in labels(found, canvas):
        canvas.write(left, base, text)
    text = str(canvas).replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}" ', 1)
    start = text.index("</title>") + len("</title>")
    return f'{text[:start]}<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>{text[start:]}'


def png(found: Frontier) -> bytes:
    """The same picture as a PNG file."""
    from PIL import Image, ImageDraw, ImageFont

    from wisen.kinds.drawing import png as file_of

    times = 2
    picture = Image.new("RGB", (times * WIDE, times * HIGH), "white")
    pen, font, canvas = ImageDraw.Draw(picture), ImageFont.load_default(11 * times), chart(found)

    def at(x: float, y: float) -> tuple[float, float]:
        across, down = canvas.at(x, y)
        return times * across, times * down

    frame(pen, canvas, at, font, times)
    pen.line([at(1e6 * p.seconds, p.value) for p in found.points if p.factor is not None], fill=COLOURS[0], width=1)
    for point in found.points:
        across, ink, around = 1e6 * point.seconds, COLOURS[colour(point)], times * radius(point, found)
        pen.line([at(across, point.low), at(across, point.high)], fill=ink, width=times)
        x, y = at(across, point.value)
        pen.ellipse((x - around, y - around, x + around, y + around), fill=ink)
    for left, base, text in labels(found, canvas):
        pen.text((times * left, times * base), text, INK, font, "ls")
    return file_of(picture)


def frame(pen: Any, canvas: Chart, at: Any, font: Any, times: int) -> None:
    """Paints axes, grid lines, ticks and labels."""
    left, bottom = at(canvas.x.low, canvas.y.low)
    right, top = at(canvas.x.high, canvas.y.high)
    for value, text in canvas.y.ticks():
        _, y = at(canvas.x.low, value)
        pen.line([(left, y), (right, y)], fill=RULE, width=1)
        pen.text((left - 6 * times, y), text, INK, font, "rm")
    for value, text in canvas.x.ticks():
        x, _ = at(value, canvas.y.low)
        pen.text((x, bottom + 6 * times), text, INK, font, "mt")
    pen.line([(left, top), (left, bottom), (right, bottom)], fill=SOFT, width=times)
    pen.text(((left + right) / 2, times * (HIGH - 6)), canvas.x.label, SOFT, font, "ms")
    pen.text((left + 8 * times, bottom - 6 * times), canvas.y.label, SOFT, font, "ls")
