"""Driven in closed loop on tracks that nobody has seen: the script, the body by hand, the program; and a picture.

python -m gallery.driving.race
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gallery.driving.driving import Controls, drive
from gallery.driving.track import Drive, Moment
from gallery.paper import INK, PAPER, SOFT, font
from PIL import Image, ImageDraw

from wisen.train import trained

TRACKS = range(5000, 5050)
SHEET = Path(__file__).parent / "race.png"
ROAD, COLOURS = "#d9dde1", {"script": "#66727f", "by hand": "#c62828", "learned": "#256046"}
SHOWN, MAP, STRIP, MARGIN, HEAD = 3, 300, 8, 40, 120


@dataclass(frozen=True)
class Driven:
    """One drive: its score, where the car was, the middle of the road, and some views."""

    score: float
    path: np.ndarray
    road: np.ndarray
    views: list[Image.Image]


def drivers() -> dict[str, tuple[Callable[[Moment], Controls], bool]]:
    """Who drives, and whether by what is seen."""
    program = trained(drive)
    return {
        "script": (lambda moment: moment.wanted, False),
        "by hand": (lambda moment: drive.by_hand(moment.view), True),
        "learned": (lambda moment: Controls(*program([moment.view])), True),
    }


def driven(track: int, driver: Callable[[Moment], Controls], seen: bool) -> Driven:
    """A drive on a track."""
    race, path, views = Drive(track, seen), [], []
    for moment in race.moments(driver):
        path.append(tuple(race.inside.car.hull.position))
        views.append(moment.view)
    return Driven(race.score, np.array(path), race.middle, views[:: max(1, len(views) // STRIP)][:STRIP])


def measured() -> list[list[str]]:
    """The mean score of each driver on the unseen tracks: rows of a table."""
    scores = {name: np.array([driven(track, *how).score for track in TRACKS]) for name, how in drivers().items()}
    script = scores["script"].mean()
    head = [f"driven on {len(TRACKS)} unseen tracks", "mean score", "standard error", "of the script's"]
    return [head, *([name, *told(found, script)] for name, found in scores.items())]


def told(found: np.ndarray, script: float) -> list[str]:
    """The mean of scores, its standard error, and its share of the script's."""
    error = found.std(ddof=1) / len(found) ** 0.5
    return [f"{found.mean():.0f}", f"{error:.0f}", f"{found.mean() / script:.2f}"]


def main() -> None:
    """Draws the sheet."""
    draw().save(SHEET)
    print(f"Drives on unseen tracks: {SHEET}")


def draw() -> Image.Image:
    """Some tracks with the paths of all drivers, and below each what the program saw."""
    width = SHOWN * (MAP + MARGIN) + MARGIN
    sheet = Image.new("RGB", (width, HEAD + MAP + 3 * 110 + 2 * MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, 26), "drive: tracks that no training has seen", INK, font(30))
    for place, name in enumerate(COLOURS):
        pen.text((MARGIN + 130 * place, 74), name, COLOURS[name], font(22))
    for place, track in enumerate(TRACKS[:SHOWN]):
        x = MARGIN + place * (MAP + MARGIN)
        every = {name: driven(track, *how) for name, how in drivers().items()}
        paths(pen, (x, HEAD), every)
        told = "   ".join(f"{name} {each.score:.0f}" for name, each in every.items())
        pen.text((x, HEAD + MAP + 8), told, SOFT, font(15))
        for number, view in enumerate(every["learned"].views):
            at = x + number % 3 * 100, HEAD + MAP + 36 + number // 3 * 104
            sheet.paste(view, at)
    return sheet


def paths(pen: ImageDraw.ImageDraw, at: tuple[int, int], every: dict[str, Driven]) -> None:
    """A map of the road and of the paths."""
    road = next(iter(every.values())).road
    low, size = road.min(axis=0), float(np.ptp(road, axis=0).max())

    def drawn(points: np.ndarray) -> list[tuple[float, float]]:
        found = (points - low) / size * (MAP - 20) + 10
        return [(at[0] + x, at[1] + MAP - y) for x, y in found.tolist()]

    pen.line([*drawn(road), drawn(road)[0]], ROAD, 8)
    for name, each in every.items():
        pen.line(drawn(each.path), COLOURS[name], 2)


if __name__ == "__main__":
    main()
