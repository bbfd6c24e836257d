"""The application: verbs put together, and what is said when one of them fails."""

from __future__ import annotations

import contextlib
import functools
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand

from wisen.cli import VERBS
from wisen.cli.console import deaf, err, hang_up
from wisen.errors import Stopped, WisenError

FINE, NOT_BETTER, ERROR, STOPPED, PIPE = 0, 1, 2, 130, 141
"""What a verb exits with."""
CODES = (
    "Exit codes: 0 fine (train: installed; test: better), 1 the verdict is not better (train, test), "
    "2 an error, 130 stopped with Ctrl-C (the same command goes on from its checkpoint), "
    "141 nobody reads the answers any more (wisen run ... | head)."
)
TRACED = [False]


@contextlib.contextmanager
def trace(on: bool) -> Iterator[None]:
    """Shows the whole traceback of an error, if `on`."""
    before, TRACED[0] = TRACED[0], on
    try:
        yield
    finally:
        TRACED[0] = before


def app(verbs: Sequence[str] = tuple(VERBS)) -> typer.Typer:
    """The application with these verbs; only their files are imported."""
    found = typer.Typer(
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
    )
    found.callback(epilog=CODES)(wisen)
    for verb in verbs:
        found.command(verb, cls=command_of(verb), no_args_is_help=True)(told(function_of(verb)))
    return found


def command_of(verb: str) -> type[TyperCommand]:
    """What reads the words of a verb: one that takes values takes -1.9 as one."""
    if verb not in ("run", "explain"):
        return TyperCommand
    from wisen.cli.negative import Values

    return Values


def function_of(verb: str) -> Callable[..., Any]:
    """The function behind a verb."""
    module, _, name = VERBS[verb].partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def said_version(wanted: bool) -> None:
    """Prints the version and exits."""
    if wanted:
        from wisen import __version__

        typer.echo(f"wisen {__version__}")
        raise typer.Exit


def wisen(
    version: bool = typer.Option(
        False, "--version", callback=said_version, is_eager=True, help="Print the version and exit."
    ),
    trace: bool = typer.Option(
        False, "--trace", help="Show the whole traceback of an error. May stand anywhere on the line."
    ),
) -> None:
    """Write the body of your typed function by gradient descent, and prove that it is better.

    \b
    Example:
      wisen train faces.py:is_face --examples data/faces
      wisen test  faces.py:is_face
      wisen run   faces.py:is_face somebody.png
    """


def told(verb: Callable[..., int | None]) -> Callable[..., None]:
    """The verb, its errors told in two or three lines, its answer the exit code."""

    @functools.wraps(verb)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            code = verb(*args, **kwargs) or FINE
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except BrokenPipeError:
            code = PIPE
            hang_up()
        except (Stopped, KeyboardInterrupt) as error:
            deaf()
            code = STOPPED
            err(str(error) or "stopped")
        except WisenError as error:
            code = ERROR
            explain(f"wisen: {error.message}", error.hint)
        except Exception as error:  # nobody should see a traceback that was not asked for
            code = ERROR
            what = str(error).splitlines()[0] if str(error) else ""
            explain(f"wisen: {type(error).__name__}: {what}".rstrip(": "), "--trace shows the rest.")
        if code:
            raise typer.Exit(code)

    return run


def explain(message: str, hint: str) -> None:
    """Says on stderr what went wrong and what to type instead."""
    if TRACED[0]:
        sys.stderr.write(traceback.format_exc())
    err(message, hint)
