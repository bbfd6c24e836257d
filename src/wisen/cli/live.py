"""Training as it happens: the plan, a row for each architecture while it learns, what was chosen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.status import Status
from rich.table import Table
from rich.text import Text

from wisen.cli.console import duration
from wisen.cli.show import architecture, layers, table

if TYPE_CHECKING:
    from wisen.descent import Chosen, Epoch, Halved, Planned, Prepared, Skipped, Started

SPARSE = 5.0
"""Seconds between two lines where there is no terminal."""


@dataclass
class Row:
    """What is shown of one architecture."""

    name: str
    epoch: str = ""
    training: str = ""
    validation: str = ""
    best: float = float("inf")
    seconds: float = 0.0


class Progress:
    """Listens to a training and shows it; a context manager, which cleans up behind itself."""

    def __init__(self, console: Console, signature: str) -> None:
        self.console, self.signature = console, signature
        self.rows: dict[str, Row] = {}
        self.live: Live | None = None
        self.status: Status | None = None
        self.printed = 0.0
        self.learned = False
        self.pending = ""
        self.making = ""
        """How far the features are, before anything learns."""
        self.aside = False
        """Whether what is being trained only helps to choose."""
        self.later: list[str] = []
        """Lines that are printed when what moves has come to rest."""
        self.said: dict[str, Callable[[Any], None]] = {
            "Planned": self.planned,
            "Prepared": self.prepared,
            "Started": self.started,
            "Halved": self.halved,
            "Epoch": self.epoch,
            "Skipped": self.skipped,
            "Chosen": self.chosen,
        }

    def __enter__(self) -> Progress:
        self.wait("reading the examples")
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __call__(self, event: Any) -> None:
        """Shows an event."""
        self.said[type(event).__name__](event)

    def wait(self, what: str) -> None:
        """Shows that something takes a moment."""
        self.stop()
        if self.console.is_terminal:
            self.status = self.console.status(what)
            self.status.start()

    def stop(self) -> None:
        """Takes what moves off the screen."""
        if self.status is not None:
            self.status.stop()
        if self.live is not None:
            self.live.stop()
        self.status = self.live = None

    # ---- events ----------------------------------------------------------------------------

    def planned(self, event: Planned) -> None:
        """Prints the plan."""
        self.stop()
        self.printed = time.monotonic()
        print_plan(self.console, event, self.signature)
        for plan in event.plans:
            self.rows[plan.name] = Row(plan.name)
        self.console.print()
        self.console.print(Text("2  learn: forward and backward passes", style="bold"))
        if self.console.is_terminal:
            self.live = Live(self.grid(), console=self.console, refresh_per_second=8, transient=False)
            self.live.start()

    def prepared(self, event: Prepared) -> None:
        """Shows how many features are made."""
        self.making = f"   {event}"
        if self.live is not None or time.monotonic() - self.printed > SPARSE:
            self.printed = time.monotonic()
            self.show(self.making)

    def started(self, event: Started) -> None:
        """Shows that an architecture is being trained."""
        if self.aside and time.monotonic() - self.printed < SPARSE:
            self.pending = ""  # one of many short trainings: a line for each would hide what matters
        self.making = ""
        self.flush()
        self.aside = bool(event.stage)
        name = event.architecture.name
        self.rows[name].epoch = f"{event.resumed} / {event.schedule.epochs}"
        self.learned = True
        again = f", goes on after epoch {event.resumed}" if event.resumed else ""
        stage = f"{event.stage}, " if event.stage else ""
        if time.monotonic() - self.printed > SPARSE or again or not event.stage:
            self.printed = time.monotonic()
            self.show(f"   {name}: {stage}{event.schedule}{again}")

    def halved(self, event: Halved) -> None:
        """Says that memory ran out, and how it goes on."""
        self.flush()
        line = f"   {event.architecture.name}: {event}"
        if self.live is None:
            self.show(line)
        else:
            self.later.append(line)

    def epoch(self, event: Epoch) -> None:
        """Shows how far it is."""
        row = self.rows[event.architecture.name]
        row.epoch = f"{event.number} / {event.epochs}"
        row.training, row.validation = f"{event.training:.4f}", f"{event.validation:.4f}"
        row.best = min(row.best, event.validation)
        row.seconds += event.seconds
        self.pending = (
            f"   {row.name}: epoch {row.epoch}, loss {row.training} training, {row.validation} validation "
            f"({row.best:.4f} at best), {duration(row.seconds)}"
        )
        if time.monotonic() - self.printed > SPARSE:
            self.flush()
        self.show("")

    def skipped(self, event: Skipped) -> None:
        """Shows why an architecture is not tried."""
        self.flush()
        name = event.architecture.name
        self.rows[name].epoch = self.rows[name].epoch or "not tried"
        self.later.append(f"   {name}: {event.why}")
        self.show("")

    def chosen(self, event: Chosen) -> None:
        """Shows which architecture won."""
        self.flush()
        for trial in event.trials:
            row = self.rows[trial.architecture.name]
            if not row.epoch:  # it was finished before a stop
                row.epoch, row.best = f"{len(trial.history)}, kept", min(loss for _, loss in trial.history)
        if not self.learned:
            self.later.append("   all of it is kept from the last training; --fresh learns anew")
        self.show("")
        self.stop()
        for line in [*self.later, f"   chosen: {event.plan.name}, {event.why}"]:
            self.console.print(line, soft_wrap=True)
        self.wait("3  head-to-head on the held-out examples")

    # ---- looks -----------------------------------------------------------------------------

    def flush(self) -> None:
        """Prints the newest epoch, where there is no screen on which it stands already."""
        if self.pending:
            self.printed = time.monotonic()
            self.show(self.pending)
        self.pending = ""

    def show(self, line: str) -> None:
        """Brings the screen up to date, or prints the line where there is none."""
        if self.live is not None:
            self.live.update(self.grid())
        elif line:
            self.console.print(line, soft_wrap=True)

    def grid(self) -> Table:
        """A row for each architecture."""
        heads = ["architecture", "epoch", "training loss", "validation loss", "lowest", "time"]
        found = table(*heads, right=heads[1:])
        for column in found.columns:
            column.no_wrap = True
        for row in self.rows.values():
            lowest = f"{row.best:.4f}" if row.best < float("inf") else ""
            seconds = duration(row.seconds) if row.seconds else ""
            found.add_row(row.name, row.epoch, row.training, row.validation, lowest, seconds)
        found.caption, found.caption_justify = self.making or None, "left"
        return found


def print_plan(console: Console, event: Planned, signature: str) -> None:
    """Prints what is wanted, what is known and which architectures will be tried."""
    console.print(Text(signature, style="bold"))
    count = len(event.parts.learning) + len(event.parts.held_out)
    console.print(f"{count:,} examples: {event.parts}")
    for note in event.parts.learning.notes:
        console.print(Text(f"note: {note}", style="yellow"), soft_wrap=True)
    console.print()
    console.print(Text("1  define the architecture", style="bold"))
    for plan, why in event.left:
        console.print(Text(f"not tried: {plan.name}: {why}", style="yellow"), soft_wrap=True)
    if len(event.plans) == 1:
        console.print(architecture(event.plans[0].rows(), event.plans[0].name))
        return
    heads = ["architecture", "parameters", "layers"]
    grid = table(*heads, right=("parameters",))
    grid.columns[0].no_wrap = True
    for plan in event.plans:
        rows = plan.rows()
        grid.add_row(plan.name, f"{sum(row[3] for row in rows):,}", layers(rows))
    console.print(grid)
