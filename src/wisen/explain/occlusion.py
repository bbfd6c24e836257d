"""Occlusion: how much less there is of the aim where a part is hidden (Zeiler and Fergus, 2014)."""

from __future__ import annotations

import numpy as np

from wisen.explain.case import Case
from wisen.explain.method import Found, Method


class Occlusion(Method):
    """Windows of neighbouring parts are hidden one after the other; a part counts as the mean of the windows that it
    is in. It asks the program itself, so it can explain any."""

    network = False

    def found(self, case: Case) -> Found:
        masks, owners = [], []
        for place, parts in enumerate(case.parts):
            for window in windows(parts.shape, parts.window):
                mask = np.zeros(case.count, bool)
                mask[case.starts[place] : case.starts[place + 1]] = window.ravel()
                masks.append(mask)
                owners.append(place)
        every = np.array(masks).reshape(-1, case.count)
        drops = case.amount - case.amounts(every)
        covered = every.sum(axis=0)
        found = (every * drops[:, None]).sum(axis=0) / np.maximum(covered, 1)
        return Found(case.shared(found))


def windows(shape: tuple[int, ...], size: tuple[int, ...]) -> list[np.ndarray]:
    """Every place of a window on a line or a grid, as bool arrays of its shape."""
    sizes = [min(each, length) for each, length in zip(size, shape, strict=True)]
    found = []
    for start in np.ndindex(*(length - each + 1 for length, each in zip(shape, sizes, strict=True))):
        window = np.zeros(shape, bool)
        window[tuple(slice(at, at + each) for at, each in zip(start, sizes, strict=True))] = True
        found.append(window)
    return found
