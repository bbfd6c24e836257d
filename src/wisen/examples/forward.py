"""Examples in order of time, divided by it: learned from the past, judged by what came after it.

Neighbouring windows look at the same steps. So no example is learned from whose answer reaches into what is held
out, or into the fold that is judged by (de Prado, 2018, Advances in Financial Machine Learning, calls it purging).
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from wisen.examples.timeline import Times

EPOCH = dt.datetime(1970, 1, 1)


def parts_of(times: Times, share: float, cut: int | None) -> tuple[np.ndarray, np.ndarray, int]:
    """(whether each example is to learn from, whether it is held out, the second from which on they are held out).

    `cut` is that second where it is known: so examples that came later move none across.
    """
    if cut is None:
        ordered = np.sort(times.now)
        cut = int(ordered[min(len(ordered) - 1, round(len(ordered) * (1 - share)))])
    held = times.now >= cut
    return ~held & (times.last < cut), held, cut


def folds_in(times: Times, count: int, enough: int) -> np.ndarray:
    """The fold of each example, which are stretches of time, the last one the first: for it is the nearest to what is
    held out, and the only one that is judged by where examples are many.

    An example whose answer reaches into the next fold is of neither: `count` and a bit for each of the two.
    """
    moments = np.unique(times.now)
    edges = moments[[len(moments) * part // count for part in range(1, count)]] if len(moments) else moments
    first = count - 1 - np.searchsorted(edges, times.now, side="right")
    last = count - 1 - np.searchsorted(edges, times.last, side="right")
    newest = moments[np.searchsorted(edges[-1:], moments, side="right") == len(edges[-1:])]
    if len(newest) > enough:  # more than a choice needs: the earlier of them are learned from
        first = np.where((first == 0) & (times.now < newest[-enough]), 1, first)
        last = np.where((last == 0) & (times.last < newest[-enough]), 1, last)
    found = first.astype(np.uint8)
    between = first != last
    found[between] = count + (1 << first[between]) + (1 << last[between])
    return found


def blocks_of(times: Times) -> np.ndarray:
    """The number of the block of time that each example lies in: examples of one block are not independent.

    A block is twice as long as an answer reaches ahead, and no shorter than the third root of the number of moments
    (Künsch, 1989, The Jackknife and the Bootstrap for General Stationary Observations); all series share it.
    """
    moments = np.unique(times.now)
    span = float(moments[-1] - moments[0]) / max(1, len(moments) - 1)
    reach = 2 * float(np.median(times.last - times.now))
    length = max(reach, span * round(len(moments) ** (1 / 3)), 1.0)
    found: np.ndarray = ((times.now - moments[0]) / length + 1e-9).astype(np.int64)
    return found


def told(second: int) -> str:
    """A second as a manifest tells it."""
    try:
        return (EPOCH + dt.timedelta(seconds=second)).isoformat()
    except OverflowError:  # a number that is no time
        return str(second)


def second_of(text: str) -> int:
    """The second that a manifest tells of; raises ValueError."""
    try:
        moment = dt.datetime.fromisoformat(text)
        moment = moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
        return int((moment - EPOCH) / dt.timedelta(seconds=1))
    except (ValueError, TypeError):
        return int(text)
