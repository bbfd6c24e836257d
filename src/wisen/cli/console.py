"""Where things are printed: answers and tables on stdout, what concerns the person beside them on stderr."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wisen.plain import finite
from wisen.spoken import duration as duration
from wisen.spoken import size as size
from wisen.spoken import thousands as thousands

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 120
"""Columns of what is printed into a file or a pipe."""


def console(stderr: bool = False) -> Console:
    """A console on stdout or stderr, made anew so that it follows what these are now."""
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            raise  # the BrokenPipeError that is being handled: it has an exit code of its own

    stream = sys.stderr if stderr else sys.stdout
    plain = not stream.isatty() and "COLUMNS" not in os.environ
    return Ours(file=stream, width=PLAIN_WIDTH if plain else None, highlight=False, emoji=False, markup=False)


def err(*lines: str) -> None:
    """Prints lines on stderr; empty ones are left out."""
    for line in lines:
        if line:
            sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def out(text: str) -> None:
    """Prints a line on stdout, as it is."""
    sys.stdout.write(f"{text}\n")


def hang_up() -> None:
    """Writes no more on stdout, whose reader is gone: Python would complain of what is left as it exits."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def deaf() -> None:
    """Hears no further Ctrl-C: one is enough, and the process is about to leave."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def only_json(wanted: bool) -> Iterator[Any]:
    """Gives a function that prints an object as JSON; all else goes to stderr meanwhile, if `wanted`."""
    real = sys.stdout

    def say(value: Any) -> None:
        real.write(json.dumps(finite(value), ensure_ascii=False, default=str) + "\n")
        real.flush()

    with contextlib.redirect_stdout(sys.stderr) if wanted else contextlib.nullcontext():
        yield say
