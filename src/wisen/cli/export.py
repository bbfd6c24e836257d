"""wisen export: a program as a file that runs without ONNX Runtime, and without Python."""

from __future__ import annotations

from pathlib import Path

import typer

from wisen.cli.console import out, size


def export(
    function: str = typer.Argument(..., metavar="FILE:FUNCTION", help="The decorated function, or a program: x.onnx"),
    to: str = typer.Option(..., "--to", metavar="TARGET", help="c: a C99 file that needs nothing else; html: a page."),
    output: Path | None = typer.Option(
        None, "--output", metavar="PATH", help="The file to write; else MODULE.FUNCTION.c or .html in this folder."
    ),
    runtime: Path | None = typer.Option(
        None, "--runtime", metavar="FOLDER", help="For html: onnxruntime-web; else it is fetched once, with npm."
    ),
) -> int:
    """Write a program as a file that runs without ONNX Runtime, and without Python.

    The file of before is replaced. What a target cannot do is said.

    \b
    Example:
      wisen export faces.py:is_face --to c
      wisen export faces.is_face.onnx --to c --output firmware/is_face.c
      wisen export faces.py:is_face --to html
    """
    from wisen.bake import bake, target
    from wisen.cli.inspect import opened
    from wisen.cli.words import near

    target(to)
    path, program = opened(function)
    stem = f"{path.parent.name}" if path.stem == "candidate" else path.stem
    made = bake(path, to, output, stem, **({} if runtime is None else {"runtime": runtime}))
    out(f"{near(made)}: {target(to).what}, {size(made.stat().st_size)}, from {program.title}")
    return 0
