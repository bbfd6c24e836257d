"""How good many boxes are: the figures of the COCO evaluation, and what a probability has to be to be true."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from wisen.kinds.box import Box, edges, hits


def f1(answer: Sequence[Box[Any]], truth: Sequence[Box[Any]]) -> float:
    """The F1 of one answer at an overlap of 0.5: right boxes, twice, of all that are said and all that there are;
    1 where there is none and none is said."""
    if not answer and not truth:
        return 1.0
    ranked = sorted(answer, key=lambda box: -box.probability)
    right = hits(edges(ranked), labels(ranked), edges(truth), labels(truth)).sum()
    return float(2 * right / (len(answer) + len(truth)))


def labels(boxes: Sequence[Box[Any]]) -> np.ndarray:
    """The labels of boxes as texts."""
    return np.array([str(box.label) for box in boxes], dtype=object)


def precision(
    answers: Sequence[Sequence[Box[Any]]], truths: Sequence[Sequence[Box[Any]]]
) -> tuple[float, float] | None:
    """(AP50, AP): the mean over labels of the area under precision and recall, at an overlap of 0.5, and on average
    from 0.5 to 0.95; None where faster-coco-eval, which finds them, is not installed or there is nothing to find."""
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError:
        return None
    names = sorted({str(box.label) for truth in truths for box in truth})
    if not names:
        return None
    numbers = {name: number for number, name in enumerate(names, 1)}
    marked = [
        {"image_id": image, "category_id": numbers[str(box.label)], **shape(box)}
        for image, truth in enumerate(truths, 1)
        for box in truth
    ]
    for number, mark in enumerate(marked, 1):
        mark |= {"id": number, "iscrowd": 0}
    said = [
        {"image_id": image, "category_id": numbers[str(box.label)], "score": box.probability, **shape(box)}
        for image, answer in enumerate(answers, 1)
        for box in answer or ()
        if str(box.label) in numbers
    ]
    if not said:
        return 0.0, 0.0
    images = [{"id": image} for image in range(1, len(truths) + 1)]
    categories = [{"id": number, "name": name} for name, number in numbers.items()]
    known = COCO({"images": images, "categories": categories, "annotations": marked})
    found = COCOeval_faster(known, known.loadRes(said), iouType="bbox", print_function=lambda *_: None)
    found.evaluate()
    found.accumulate()
    found.summarize()
    return float(found.stats[1]), float(found.stats[0])


def shape(box: Box[Any]) -> dict[str, Any]:
    """Where a box is, as COCO has it."""
    return {"bbox": [box.left, box.top, box.width, box.height], "area": box.width * box.height}


def sureness(odds: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """(slope, offset) by which log odds become those of being right (Platt, 1999, with his softened targets)."""
    yes, no = int(right.sum()), int((~right).sum())
    if not yes or not no:
        return 1.0, 0.0
    wanted = np.where(right, (yes + 1) / (yes + 2), 1 / (no + 2))
    found = np.array([1.0, 0.0])
    design = np.stack([odds, np.ones_like(odds)], 1)
    for _ in range(50):  # Newton's method, held back a little
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (chance - wanted)
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(bend, slope)
        found = found - step * min(1.0, 2.0 / (np.abs(step).max() + 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    plain = found[0] > 0 and all(map(math.isfinite, found))
    return (float(found[0]), float(found[1])) if plain else (1.0, 0.0)


def threshold(chances: Sequence[np.ndarray], right: Sequence[np.ndarray], truths: Sequence[int]) -> float:
    """The probability from which on boxes are said, so that the mean F1 of the examples is highest."""
    every = np.unique(np.round(np.concatenate([*chances, np.array([0.5])]), 2))
    every = every[(every > 0.02) & (every < 0.99)]
    if not len(every):
        return 0.5
    total = np.zeros(len(every))
    for chance, hit, count in zip(chances, right, truths, strict=True):
        order = np.argsort(chance)
        first = np.searchsorted(chance[order], every)  # the first box that is said, from each threshold on
        hits = np.append(np.cumsum(hit[order][::-1])[::-1], 0)[first]
        told = len(chance) - first + count
        total += np.where(told > 0, 2 * hits / np.maximum(told, 1), 1.0)
    return float(every[total.argmax()])
