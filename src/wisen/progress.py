"""What a person sees of a training that was started from Python: what is odd, and how far it is; on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wisen.descent import Event


def shown(event: Event) -> None:
    """Writes an event to stderr: notes about examples and memory always, epochs on a terminal only."""
    from wisen.descent import Chosen, Epoch, Halved, Planned, Prepared

    match event:
        case Planned():
            for note in event.parts.learning.notes:
                sys.stderr.write(f"wisen: {note}\n")
            for plan, why in event.left:
                sys.stderr.write(f"wisen: not tried: {plan.name}: {why}\n")
        case Halved():
            sys.stderr.write(f"wisen: {event.architecture.name}: {event}\n")
        case Prepared() if sys.stderr.isatty():
            sys.stderr.write(f"\r{event!s:78}")
        case Epoch() if sys.stderr.isatty():
            line = f"{event.architecture.name}: epoch {event.number} / {event.epochs}, loss {event.validation:.4f}"
            sys.stderr.write(f"\r{line:78}")
        case Chosen() if sys.stderr.isatty():
            sys.stderr.write(f"\r{event.trial.architecture.name}, {event.why:60}\n")
