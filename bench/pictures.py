"""Pictures: wisen beside a convolutional network written by hand in PyTorch, fastai and Keras.

python -m bench.pictures [--only digits,...] [--peers wisen,...] [--budget S] [--seeds 0,1,2] [--cached] [--write]

--budget goes for all tasks; without it digits have 60 s, MNIST-5k 180 s and Fashion-MNIST 10 minutes.
"""

from __future__ import annotations

from bench.beside import Figures, gather, quality_row, seconds_row, when
from bench.options import options
from bench.table import Beside, finish
from bench.tasks import PICTURES

PEERS = ("wisen", "torch_cnn", "fastai", "keras")
LIMITS = {"digits": 60, "mnist5k": 180, "fashion": 600}
LEAST = {"digits": 0.995, "mnist5k": 0.98, "fashion": 0.925}

HOW = (
    "digits: 1797 of 8 x 8 pixels, MNIST-5k: 5000 of 28 x 28, three quarters to learn from; Fashion-MNIST in its own "
    "split. wisen's limits: {limits}; on Fashion-MNIST its peers have the same, elsewhere none."
)


def main() -> None:
    """Measures and shows the table."""
    typed = options(__doc__, list(PICTURES), PEERS)

    def budget(task: str, peer: str) -> float:
        limited = peer == "wisen" or task == "fashion"
        return (typed.budget or LIMITS[task]) if limited else 0

    found = gather(typed, budget)
    limits = ", ".join(f"{task} {budget(task, 'wisen'):g} s" for task in typed.tasks)
    rows = [row for task in typed.tasks for row in rows_of(found, task)]
    finish("pictures", rows, f"{HOW.format(limits=limits)} {when(found)}", found.head)


def rows_of(found: Figures, task: str) -> list[Beside]:
    """The rows of a task: accuracy, the seconds of training and of one answer."""
    accuracy = quality_row(found, task, "accuracy", LEAST[task], goal="")
    return [accuracy, seconds_row(found, task, "fit"), seconds_row(found, task, "single")]


if __name__ == "__main__":
    main()
