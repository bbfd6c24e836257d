"""Docs that cannot lie: every command, option and public name is documented, and every link leads somewhere."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

import wisen
from wisen import errors
from wisen.cli import VERBS
from wisen.cli.app import app
from wisen.kinds import KINDS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md")), *sorted(ROOT.glob("gallery/**/*.md"))]
PAGES = [page for page in PAGES if "data" not in page.relative_to(ROOT).parts]


def commands() -> dict[str, Any]:
    return dict(typer.main.get_command(app(list(VERBS))).commands)  # type: ignore[attr-defined]  # a group


def test_every_verb_and_option_is_documented_with_an_example() -> None:
    page = (DOCS / "commands.md").read_text()
    assert set(commands()) == set(VERBS)
    for verb, command in commands().items():
        assert f"wisen {verb} " in page
        assert f"wisen {verb} " in (command.help or "") + (command.epilog or ""), f"{verb} --help shows no example"
        for option in command.params:
            for name in option.opts:
                if name.startswith("--") and name != "--help":
                    assert name in page, f"{verb} {name} is not in docs/commands.md"


def test_no_option_is_documented_that_is_not_there() -> None:
    known = {name for command in commands().values() for option in command.params for name in option.opts}
    known |= {"--help", "--trace", "--version", "--install-completion", "--show-completion"}
    for page in [*DOCS.glob("*.md"), ROOT / "README.md"]:
        for line in page.read_text().splitlines():
            if "wisen" in line and "pip " not in line:
                for name in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line):
                    assert name in known, f"{page.name}: {name}"


def test_every_public_name_is_documented() -> None:
    page = (DOCS / "python.md").read_text()
    for name in wisen.__all__:
        assert f"`wisen.{name}`" in page or f"`{name}`" in page, name
        assert getattr(wisen, name) is not None
    assert set(wisen.PUBLIC) == set(wisen.__all__)
    for option in list(inspect.signature(wisen.train).parameters)[2:]:
        assert f"`{option}`" in page, f"option {option} of train"


def test_every_error_stands_in_the_tree() -> None:
    found = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    tree = inspect.getdoc(errors) or ""
    assert all(name in tree for name in found)
    assert found <= set(wisen.__all__)


def test_every_kind_is_on_the_pages_about_kinds() -> None:
    for name in ("signature.md", "program.md", "architecture.md"):
        text = (DOCS / name).read_text()
        assert all(re.search(rf"\b{word}\b", text) for word in KINDS), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        if "InferenceSession" in block or page.is_relative_to(ROOT / "gallery"):
            continue  # needs a file; tests/test_outside.py and tests/test_gallery.py do the same
        exec(compile(block, page.name, "exec"), {"__name__": "page"})


def test_the_index_leads_to_every_page() -> None:
    index = (DOCS / "index.md").read_text()
    for page in DOCS.glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index, page.name


def test_the_house_on_the_page_is_the_house() -> None:
    text = (DOCS / "house.md").read_text()
    for path in (ROOT / "src" / "wisen").iterdir():
        if path.name not in ("__pycache__", "__main__.py", "py.typed"):
            name = f"{path.name}/" if path.is_dir() else path.name
            assert f"\n  {name} " in text, f"docs/house.md does not say what {name} is"
