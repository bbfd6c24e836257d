"""The rules of the house (docs/house.md), as far as a test can keep them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wisen.kinds import KINDS
from wisen.nn import BLOCKS

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "wisen"
FILES = sorted(SRC.rglob("*.py"))

# From top to bottom, the way the data goes. A room imports only from the rooms above it.
ROOMS = [
    "errors",
    "names",
    "plain",
    "spoken",
    "body",
    "nn",  # knows neither kinds nor signatures
    "kinds",
    "records",
    "signature",
    "examples",
    "own",
    "architecture",
    "plans",
    "sure",
    "descent",
    "state",
    "manifest",
    "shapes",
    "cost",
    "batching",
    "program",
    "measured",
    "limits",
    "export",
    "drafts",
    "kept",
    "within",
    "about",
    "progress",
    "looks",
    "bake",
    "verbs",
    "function",
    "find",
    "evidence",
    "binned",
    "relied",
    "headtohead",
    "train",
    "contract",
    "explain",
    "report",
    "sizes",
    "asked",
    "answers",
    "drawn",
    "new",
    "cli",
    "__main__",
]

# Doors that lead down, each opened only when somebody asks for what is behind it.
DOORS = {
    ("verbs", "function"): "whose verbs they are: a type",
    ("verbs", "train"): "f.train() and f.test() are the person's way to the spine",
    ("verbs", "headtohead"): "the type of what f.test() gives",
    ("verbs", "report"): "f.report() is the person's way to the page",
    ("verbs", "contract"): "f.contract() is the person's way to it",
    ("verbs", "explain"): "f.explain() asks why",
    ("verbs", "sizes"): "the types of what f.resize() and f.frontier() give",
}


def room(path: Path) -> str:
    """The room in which a file stands."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(room, whether it is imported when the file is) of every import of wisen in a file."""
    tree = ast.parse(path.read_text())
    at_once = set()
    for top in tree.body:
        if isinstance(top, ast.If) and "TYPE_CHECKING" in ast.dump(top.test):
            continue
        if not isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            at_once |= {id(inner) for inner in ast.walk(top)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module == "wisen":
            names = [f"wisen.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith("wisen."):
                yield name.split(".")[1], id(node) in at_once


def test_every_room_is_listed_once() -> None:
    rooms = {room(path) for path in FILES} - {"__init__"}
    assert rooms == set(ROOMS) and len(ROOMS) == len(set(ROOMS))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_stage_knows_only_the_stages_above_it(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return  # the public words; loaded lazily
    for there, at_once in imports(path):
        if there not in ROOMS:  # a public word of wisen itself
            continue
        if (here, there) in DOORS:
            assert not at_once, f"{path.name} opens the door to {there} before anybody asked"
            continue
        assert ROOMS.index(there) <= ROOMS.index(here), f"{path.relative_to(ROOT)} imports {there}, which is below it"


def test_no_kind_is_named_outside_its_room() -> None:
    words = "|".join([*KINDS, *(kind.__name__ for kind in KINDS.values())])
    quoted = re.compile(rf"""(['"])({words})\1""")
    imported = re.compile(rf"wisen\.kinds\.({words})\b")
    public = SRC / "__init__.py"  # exports Category and Size for annotations
    for path in FILES:
        if room(path) == "kinds" or path == public:
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            where = f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            assert not quoted.search(line), f"names a kind: {where}"
            assert not imported.search(line), f"knows a kind: {where}"


def test_no_kind_knows_another() -> None:
    modules = {kind.__module__.rpartition(".")[2] for kind in KINDS.values()}
    for path in (SRC / "kinds").glob("*.py"):
        if path.stem not in modules:
            continue
        others = "|".join(modules - {path.stem})
        assert not re.search(rf"wisen\.kinds\.({others})\b", path.read_text()), path


CONTRACT = {"__init__", "kind", "input", "output", "packed"}
HELP = {
    *("labels", "chances", "pixels", "scales", "sounds", "files"),
    *("steps", "quantiles", "filled", "generated", "wording", "asking", "saying", "lookup", "windowed"),
    *("box", "detector", "coco", "annotations", "drawing", "plotting", "subtitles", "corruption", "figures"),
    "entries",
}
"""What a kind's file has no room for."""


def test_a_kind_is_one_file_and_one_row() -> None:
    homes = [kind.__module__ for kind in KINDS.values()]
    assert len(homes) == len(set(homes))
    files = {path.stem for path in (SRC / "kinds").glob("*.py")} - CONTRACT - HELP
    assert {home.split(".")[2] for home in homes} == files


def test_a_block_is_one_file_and_one_row() -> None:
    homes = {block.__module__.rpartition(".")[2] for block in BLOCKS.values()}
    support = {
        "__init__",
        "block",
        "form",
        "chain",
        "committee",
        "network",
        "stages",
        "twins",
        "variation",
        "whole",
        "widened",
    }
    support |= {"beam", "prefixes", "session"}
    assert homes | support == {path.stem for path in (SRC / "nn").glob("*.py")}
    assert len(homes) == len(BLOCKS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_file_fits_in_one_sitting_and_a_function_on_one_screen(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 420, "about 400 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno or 0) - (body[0].lineno if body else node.lineno) + 1
            assert length <= 45, f"{node.name} has {length} lines; about 40 fit on a screen"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_file_and_its_public_words_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "a file says in its first line what it is"


def heavy_after(code: str) -> set[str]:
    """The heavy packages that are loaded after some code ran in a fresh process."""
    names = ["torch", "onnxruntime", "spox", "onnx", "pyarrow", "sklearn", "scipy", "PIL", "pandas", "rich", "typer"]
    script = f"{code}\nimport sys\nprint(*[n for n in {names!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_wisen_is_light() -> None:
    assert heavy_after("import wisen") == set()
    assert heavy_after("import wisen\n@wisen.function\ndef f(x: float) -> bool: return x > 1\nf(2.0)") == set()


def test_the_spine_fits_on_one_screen() -> None:
    tree = ast.parse((SRC / "train.py").read_text())
    spine = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "train")
    assert (spine.end_lineno or 0) - spine.lineno < 60


def test_tests_have_the_names_of_what_they_test() -> None:
    general = {
        "test_tiny", "test_house", "test_docs", "test_outside", "test_bad_input", "test_gallery", "test_typing",
        "test_import", "test_contract", "test_bench", "test_fuzz", "test_properties", "test_faults", "test_soak",
    }  # fmt: skip
    known = {path.stem for path in FILES} | {path.parent.name for path in FILES} | {"blocks"}
    for path in (ROOT / "tests").rglob("test_*.py"):
        assert path.stem in general or path.stem.removeprefix("test_") in known, path
