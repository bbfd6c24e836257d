"""Writes what a driver sees, and what the script would do that sees the track's coordinates: data/views.

python -m gallery.driving.examples

First the script drives, now and then pushed aside by chance; then, round after round, a program that was trained on
all that was seen so far drives, and the script says what it should have done (Ross, Gordon and Bagnell, 2011, DAgger).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path

from gallery.driving.driving import Controls, drive
from gallery.driving.track import Drive, Moment

VIEWS = Path(__file__).parent / "data" / "views"
TABLE = VIEWS / "views.csv"
HEAD = ("view", "steer", "gas", "brake", "track", "round")
ROUNDS, FIRST, LATER = 4, 14, 8
"""Rounds, tracks of the first one, and of each of the others; tracks are counted from 0."""
KEPT = 2
"""Every such moment is kept: neighbours are alike."""
PUSHED, PUSHES, FOR = 0.04, 0.7, 8
"""How often the script is pushed aside, how far the wheel is turned then at most, and for how many moments."""
BUDGET = "90s"
"""How long the program of a round learns."""


def main() -> None:
    """Writes the views, unless they are there."""
    done = {int(row["round"]) for row in rows()}
    VIEWS.mkdir(parents=True, exist_ok=True)
    for number in range(ROUNDS):
        if number in done:
            continue
        if number:
            drive.train(TABLE, group="track", budget=BUDGET, accept=True)
        tracks = range(FIRST) if number == 0 else range(FIRST + (number - 1) * LATER, FIRST + number * LATER)
        found = [row for track in tracks for row in seen(track, number)]
        write([*rows(), *found])
        print(f"round {number}: {len(found)} views of {len(tracks)} tracks in {VIEWS}", flush=True)


def rows() -> list[dict[str, str]]:
    """The rows that are there."""
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(found: list[dict[str, str]]) -> None:
    """Writes the table anew."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, HEAD, lineterminator="\n")
        table.writeheader()
        table.writerows(found)


def seen(track: int, number: int) -> list[dict[str, str]]:
    """The rows of one drive; its views are written."""
    driver = pushed(track) if number == 0 else learned
    found, race = [], Drive(track)
    for place, moment in enumerate(race.moments(driver)):
        if place % KEPT:
            continue
        name, wanted = f"{track:03}-{place:03}.png", moment.wanted
        moment.view.save(VIEWS / name)
        told = (name, *(f"{value:.4f}" for value in (wanted.steer, wanted.gas, wanted.brake)), str(track), str(number))
        found.append(dict(zip(HEAD, told, strict=True)))
    print(f"  track {track}: score {race.score:.0f}", flush=True)
    return found


def learned(moment: Moment) -> Controls:
    """What the program says."""
    return drive(moment.view)


def pushed(track: int) -> Callable[[Moment], Controls]:
    """The script, the wheel of which is turned aside now and then: so that it is seen how to come back."""
    chance, left, aside = random.Random(track), 0, 0.0

    def driver(moment: Moment) -> Controls:
        nonlocal left, aside
        if not left and chance.random() < PUSHED:
            left, aside = FOR, chance.uniform(-PUSHES, PUSHES)
        left = max(0, left - 1)
        wanted = moment.wanted
        return Controls(wanted.steer + aside, wanted.gas, wanted.brake) if left else wanted

    return driver


if __name__ == "__main__":
    main()
