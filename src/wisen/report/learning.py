"""Learning curves: how the loss fell, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from wisen.report.chart import Axis, Chart
from wisen.report.pieces import drawing
from wisen.report.subject import Show, Subject
from wisen.spoken import figure


def found(subject: Subject) -> dict[str, Any] | None:
    """The training and validation loss of every epoch."""
    history = [pair for pair in subject.program.manifest.get("history", []) if len(pair) == 2]
    if len(history) < 2:
        return None
    training, validation = ([float(pair[place]) for pair in history] for place in (0, 1))
    known = [loss if math.isfinite(loss) else math.inf for loss in validation]
    best = min(range(len(known)), key=known.__getitem__)
    return {
        "headline": f"The validation loss was lowest after epoch {best + 1:,} of {len(history):,}, at "
        f"{figure(validation[best])}; the training loss was {figure(training[best])} there.",
        "training": training,
        "validation": validation,
        "lowest": best + 1,
    }


def drawn(figures: Mapping[str, Any], show: Show) -> str:
    """Both losses over the epochs."""
    training, validation = figures["training"], figures["validation"]
    epochs = list(range(1, len(training) + 1))
    positive = all(math.isfinite(loss) and loss > 0 for loss in (*training, *validation))
    span = max(*training, *validation) / max(1e-12, min(*training, *validation)) if positive else 1.0
    y = Axis.around(f"loss{' (logarithmic)' if span > 20 else ''}", [*training, *validation], log=span > 20)
    canvas = Chart("loss over epochs", Axis("epoch", 1, max(2, len(epochs))), y, wide=640)
    canvas.line(list(zip(epochs, training, strict=True)), 2)
    canvas.line(list(zip(epochs, validation, strict=True)), 0)
    canvas.steady(figures["lowest"], upright=True)
    caption = (
        "Mean loss on the examples that were learned from and on those that were only chosen by. "
        "Dashed: the epoch of the lowest validation loss. Where training lies far below, examples were learned by "
        "heart; where it lies above, learning was made harder than answering (varied inputs, dropout)."
    )
    return drawing(canvas, caption, {"training": 2, "validation": 0})
