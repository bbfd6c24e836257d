"""The command line: one verb a file, imported when it is called. What a verb does lives in the library."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import NoReturn

VERBS: dict[str, str] = {
    "new": "wisen.cli.new:new",
    "train": "wisen.cli.train:train",
    "test": "wisen.cli.test:test",
    "report": "wisen.cli.report:report",
    "run": "wisen.cli.run:run",
    "explain": "wisen.cli.explain:explain",
    "inspect": "wisen.cli.inspect:inspect",
    "export": "wisen.cli.export:export",
}


def main(args: Sequence[str] | None = None) -> None:
    """Runs `wisen` with these words, those of the command line where none are given, and exits."""
    words = list(sys.argv[1:] if args is None else args)
    try:
        import rich  # noqa: F401  # only whether it is there
        import typer  # noqa: F401
    except ImportError:
        sys.stderr.write("wisen's command line is not installed: pip install 'wisen[train]'\n")
        raise SystemExit(2) from None
    from wisen.cli.app import app, trace

    words, on = without_trace(words)
    called = next((word for word in words if not word.startswith("-")), "")
    try:
        with trace(on):
            app([called] if called in VERBS else list(VERBS))(words, prog_name="wisen")
    except OSError as error:  # verbs tell their own errors: here a help or a sentence could not be printed
        unheard(error)


def unheard(error: OSError) -> NoReturn:
    """Exits where stdout or stderr cannot be written, and says so if that is still possible."""
    from wisen.cli.console import err, hang_up

    with contextlib.suppress(OSError):
        err(f"wisen: nothing can be printed: {error.strerror or error}")
    hang_up()
    raise SystemExit(2) from None


def without_trace(words: Sequence[str]) -> tuple[list[str], bool]:
    """(the words but --trace, whether it was among them); what follows a bare `--` is data."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != "--trace"]
    return [*kept, *words[end:]], len(kept) < end
