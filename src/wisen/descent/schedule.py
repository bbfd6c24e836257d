"""How long, how fast: the dials that are derived or chosen by validation, not asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wisen.errors import BadExamples
from wisen.kinds import Input
from wisen.signature import Column, Feed

MOST_EPOCHS, FEWEST_EPOCHS = 100, 8
"""Of a schedule that nothing cuts short."""
FEW_EPOCHS = 30
"""As many are enough where examples are few: soon after, networks learn them by heart."""
WARM_UP = 0.05
"""The share of the steps in which the rate rises."""
TAUGHT = 0.5
"""The share of what the program of before says in what a network learns that it teaches."""
SAID = 3e-3
"""The learning rate of answers that are said piece by piece."""
FIRM = 0.3
"""The dropout that keeps wide networks from learning texts by heart (Sennrich and Zhang, 2019, Revisiting
Low-Resource Neural Machine Translation)."""
PENALTIES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)
"""What the squared weights of a linear program may cost, as a share of one example's loss."""


@dataclass(frozen=True)
class Dials:
    """What validation chooses: the highest learning rate, weight decay, dropout, how each feed is varied,
    and in which of its ways each answer is learned."""

    rate: float = 2e-3
    decay: float = 3e-2
    dropout: float = 0.1
    vary: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()
    taught: float = 0.0
    """How much what the program of before says counts, beside the truths."""
    grown: bool = False
    """Whether it begins with the widened weights of the program of before."""

    def __str__(self) -> str:
        varied = [how for how in self.vary if how != "as it is"]
        plain = f"rate {self.rate:g}, weight decay {self.decay:g}, dropout {self.dropout:g}"
        return ", ".join([plain, *varied, *self.inherited])

    @property
    def inherited(self) -> list[str]:
        """What it takes from the program of before, in words."""
        taught = ["taught by the program of before"] if self.taught else []
        return [*taught, *(["grown from the program of before"] if self.grown else [])]

    def answers(self, outputs: Sequence[Column]) -> tuple[Column, ...]:
        """The fitted outputs, each in the way that it is learned in."""
        if not self.versions:
            return tuple(outputs)
        return tuple(replace(c, kind=c.kind.versions()[way]) for c, way in zip(outputs, self.versions, strict=True))


@dataclass(frozen=True)
class Schedule:
    """The plan of one descent: epochs, examples a batch, and the dials."""

    epochs: int
    batch: int
    dials: Dials

    def __str__(self) -> str:
        return f"{self.epochs} epochs, batches of {self.batch}, {self.dials}"

    def at(self, share: float) -> float:
        """The learning rate after a share of all steps: a short rise, then half a cosine to 0
        (Loshchilov and Hutter, 2017, SGDR)."""
        rate = self.dials.rate
        if share < WARM_UP:
            return rate * (share + 1e-3) / WARM_UP
        return rate * 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))


def dials(feeds: Sequence[Feed], outputs: Sequence[Column] = ()) -> tuple[Dials, ...]:
    """The dials to try: a good guess, the same with other variations of the feeds and other ways to learn the
    answers, and gentler and firmer ones."""
    ways = [feed.kind.variations() for feed in feeds]
    first = Dials(vary=tuple(way[0] for way in ways))
    if any(column.kind.told for column in outputs):
        said = replace(first, rate=SAID)  # what is said piece by piece takes the whole budget to learn
        return (said, replace(said, dropout=FIRM))  # the second for wide networks, which know by heart sooner
    others = [
        replace(first, vary=tuple(way[min(number, len(way) - 1)] for way in ways))
        for number in range(1, max(map(len, ways)))
    ]
    others += [replace(first, versions=each) for each in versions_of(outputs)[1:]]
    return (first, *others, replace(first, rate=7e-4, decay=1e-2), replace(first, decay=0.3, dropout=0.3))


def versions_of(outputs: Sequence[Column]) -> tuple[tuple[int, ...], ...]:
    """The ways to learn the answers: all in their first one, then each in another one."""
    counts = [len(column.kind.versions()) for column in outputs]
    first = (0,) * len(counts)
    others = [(place, way) for place, count in enumerate(counts) for way in range(1, count)]
    return (first, *(tuple(way if p == place else 0 for p in range(len(counts))) for place, way in others))


def penalties() -> tuple[Dials, ...]:
    """The dials of a linear program, the gentlest first: it has none but the cost of its weights."""
    return tuple(Dials(1.0, penalty, 0.0) for penalty in PENALTIES)


def batch_size(examples: int, read: Sequence[Feed] = (), said: Sequence[Column] = ()) -> int:
    """How many examples a step looks at: some 24 steps make an epoch, within reason and what the kinds say."""
    most = min((*(feed.kind.batch for feed in read), *(column.kind.said_batch for column in said)), default=Input.batch)
    return int(min(most, 2 ** max(5, round(math.log2(max(examples, 16) / 24)))))


def epochs_of(examples: int, read: Sequence[Feed] = (), said: Sequence[Column] = ()) -> int:
    """The epochs in which networks that read the feeds and say the answers have learned what they can."""
    steps = max(1, examples // batch_size(examples, read, said))
    most = min(MOST_EPOCHS, max(FEW_EPOCHS, examples // 10))
    enough = max((*(feed.kind.steps for feed in read), *(column.kind.said_steps for column in said)), default=0)
    enough = enough or Input.steps
    return min(most, max(FEWEST_EPOCHS, enough // steps))


def rounded(fit: float, most: int) -> int:
    """The round number of epochs that fits, at least 1 and at most `most`.

    Round, so that the noise of one measurement seldom changes the schedule, and with it the weights.
    """
    if fit >= most:
        return most
    power = 2 ** math.floor(math.log2(max(fit, 1)))
    return min(most, int(power * 1.5) if fit >= power * 1.5 else power)


def seconds(budget: float | str) -> float:
    """The seconds that a budget means: 90, "90s", "5min", "2h"; raises BadExamples."""
    text = str(budget).strip().lower()
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text[len(digits) :].strip() or "s"
    try:
        found = float(digits) * UNITS[unit]
    except (ValueError, KeyError):
        raise BadExamples(f"a budget of {budget!r} is no time", "Write 60s, 5min or 2h.") from None
    if not 0 <= found < float("inf"):
        raise BadExamples(f"a budget of {budget!r} is no time", "Write 60s, 5min or 2h.")
    return found


UNITS = dict.fromkeys(("s", "sec", "second", "seconds"), 1.0) | dict.fromkeys(("m", "min", "minute", "minutes"), 60.0)
UNITS |= dict.fromkeys(("h", "hour", "hours"), 3600.0)
