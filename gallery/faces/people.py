"""Do two photographs show the same person? And who is it? By pixels, until there is a program that is better."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL.Image import Image as Picture

import wisen
from wisen import Image


@wisen.function
def same_person(a: Image, b: Image) -> bool:
    """Whether two photographs of faces show the same person."""
    return distance(a, b) < 30  # grey levels: chosen by the photographs of 30 people


def who(photo: Picture, album: Mapping[str, Picture]) -> str:
    """The name in an album whose photograph is the likeliest to show the same person, one photograph a name.

    Whoever is put into the album after training is known from then on: nothing has to be trained again.
    """
    return max(album, key=lambda name: alike(photo, album[name]))


def alike(a: Picture, b: Picture) -> float:
    """How probable it is that two photographs show the same person; by hand only which pair is more alike."""
    if same_person.program is None:
        return -distance(a, b)
    return dict(same_person.predict(a, b).alternatives)[True]


def distance(a: Picture, b: Picture) -> float:
    """The mean difference of two photographs in grey levels, each as bright as the other."""
    first, second = (np.asarray(each.convert("L").resize((23, 28)), dtype=float) for each in (a, b))
    return float(np.abs((first - first.mean()) - (second - second.mean())).mean())
