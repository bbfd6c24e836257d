"""How long does it take to be as good as the best peer? The shortest training that reaches its accuracy.

python -m bench.accuracy_time [--only digits,wa_churn] [--peers wisen,...] [--seeds 0,1,2] [--cached] [--write]
"""

from __future__ import annotations

import math

from bench.beside import NONE, Figures, gather, number, when
from bench.options import Options, options
from bench.peers import PEERS as ALL
from bench.table import Beside, finish

PEERS = {
    "digits": ("wisen", "torch_cnn", "fastai", "keras"),
    "wa_churn": ("wisen", "linear", "boosting", "boosting_tuned", "catboost", "autogluon", "keras", "fastai"),
}
LIMITS = (2, 5, 10, 20, 40)
"""Seconds that those are given who take a limit; what comes without one is measured as it comes."""
LIMITED = ("wisen", "torch_cnn", "autogluon", "boosting_tuned")
EVERY = tuple(dict.fromkeys(peer for peers in PEERS.values() for peer in peers))

HOW = (
    "The seconds of the shortest training with which the median accuracy of the seeds is at least that of the best "
    "peer; those that take a limit were given {limits} s. Of a peer that never gets there its best accuracy is shown."
)


def main() -> None:
    """Measures and shows the table."""
    typed = options(__doc__, list(PEERS), EVERY)
    unlike = [(task, peer) for task, peers in PEERS.items() for peer in EVERY if peer not in peers]
    limits = [gather(typed, lambda task, peer, most=most: most if peer in LIMITED else 0, unlike) for most in LIMITS]  # type: ignore[misc]
    rows = [row(task, limits, typed) for task in typed.tasks]
    how = HOW.format(limits=", ".join(map(str, LIMITS)))
    finish("accuracy_time", rows, f"{how} {when(limits[-1])}", limits[-1].head)


def row(task: str, limits: list[Figures], typed: Options) -> Beside:
    """The row of a task."""
    best = {peer: max(accuracies(task, peer, limits), default=math.nan) for peer in typed.peers}
    rivals = [value for peer, value in best.items() if peer != "wisen" and not math.isnan(value)]
    if not rivals:
        return Beside(task, [NONE for _ in typed.peers], "the shortest")
    wanted = max(rivals)
    times = {peer: shortest(task, peer, limits, wanted) for peer in typed.peers}
    shown = [said(times[peer], best[peer]) for peer in typed.peers]
    fastest = min((peer for peer in typed.peers if peer != "wisen"), key=lambda peer: times[peer])
    what, mine = f"{task}: to accuracy {wanted:.4f}", times.get("wisen", math.nan)
    if math.isnan(best.get("wisen", math.nan)):
        return Beside(what, shown, "the shortest")
    return Beside(what, shown, "the shortest", mine <= times[fastest], words(mine, times[fastest], ALL[fastest].title))


def words(mine: float, other: float, name: str) -> str:
    """How wisen's time compares to the fastest peer's."""
    if math.isinf(mine):
        return f"not reached; {name} takes {other:.1f} s"
    return f"{mine / other:.2f} times {name}'s {other:.1f} s"


def accuracies(task: str, peer: str, limits: list[Figures]) -> list[float]:
    """The accuracies that a peer reached, whatever the limit."""
    found = [figures.value(task, peer, "accuracy") for figures in limits]
    return [value for value in found if not math.isnan(value)]


def shortest(task: str, peer: str, limits: list[Figures], wanted: float) -> float:
    """The least seconds with which a peer reaches an accuracy; infinite where it never does."""
    there = [each for each in limits if each.value(task, peer, "accuracy") >= wanted - 1e-9]
    return min((each.seconds(task, peer) for each in there), default=math.inf)


def said(seconds: float, best: float) -> str:
    """A time, or how far a peer got at best."""
    if math.isnan(best):
        return NONE
    return f"never ({best:.4f})" if math.isinf(seconds) else number(seconds, "seconds")


if __name__ == "__main__":
    main()
