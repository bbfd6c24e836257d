"""wisen through its public interface: a typed function made from the columns, trained and asked."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from bench.peers.part import Answers, Split, columns, run
from bench.peers.part import first as first_of

IMPORTS = "from typing import Annotated, Literal\n\nimport wisen\nfrom wisen import Category, Image\n"


def source(split: Split) -> str:
    """The source of a module with a function of the split's types."""
    answer = f"Literal[{', '.join(map(repr, split.classes))}]" if split.classes else "float"
    parameters = ", ".join(f"{name}: {annotation}" for name, annotation in types(split).items())
    return f'{IMPORTS}\n\n@wisen.function\ndef guess({parameters}) -> {answer}:\n    """A guess."""\n    ...\n'


def types(split: Split) -> dict[str, str]:
    """The type of each parameter."""
    if split.kind == "rows":
        return {name: annotation(split, name) for name in split.inputs.columns}
    return {"text": {"text": "str"}, "image": {"photo": "Image"}, "pair": {"a": "Image", "b": "Image"}}[split.kind]


def annotation(split: Split, name: str) -> str:
    """The type of a column."""
    numbers, _ = columns(split.inputs)
    plain = "float" if name in numbers else "Annotated[str, Category]"
    missing = split.inputs[name].isna().any() or split.held_out[name].isna().any()
    return f"{plain} | None" if missing else plain


def cells(inputs: Any, kind: str) -> dict[str, list[Any]]:
    """The inputs as columns of cells."""
    if kind == "rows":
        frame = inputs.astype(object).where(inputs.notna(), None)
        return {name: frame[name].tolist() for name in frame.columns}
    if kind == "pair":
        return {"a": list(inputs[0]), "b": list(inputs[1])}
    return {"text" if kind == "text" else "photo": list(inputs)}


def load(folder: str, text: str) -> Any:
    """The decorated function of a module."""
    path = Path(folder) / "guessing.py"
    path.write_text(text, encoding="utf-8")
    from wisen.find import find

    return find(f"{path}:guess")


def fit(split: Split, seed: int, budget: float, **options: Any) -> Answers:
    """What answers after the training: installed whatever the verdict, as the judge sits elsewhere."""
    guess = load(tempfile.mkdtemp(), source(split))
    truth: list[Any] = [split.classes[place] for place in split.answers] if split.classes else split.answers.tolist()
    held = np.load(Path(sys.argv[1]) / "held_out.npy")
    held_truth = [split.classes[place] for place in held] if split.classes else held.tolist()
    outcome = guess.train(
        {**cells(split.inputs, split.kind), "answer": truth, **split.groups},
        group=",".join(split.groups) or None,
        held_out={**cells(split.held_out, split.kind), "answer": held_truth},
        returns="answer",
        budget=budget or 60,
        seed=seed,
        accept=True,
        metric=None if split.classes else "mean squared error",  # as its peers, which are told R2
        **options,
    )
    if "BENCH_TOLD" in os.environ:
        sys.stderr.write(f"{outcome.program.manifest['chosen']}\n{outcome.report}\n")

    def answer(inputs: Any) -> Any:
        rows = zip(*cells(inputs, split.kind).values(), strict=True)
        if not split.classes:
            return np.array(guess.map(rows, progress=False))
        said = [dict(guess.predict(*row).alternatives) for row in rows]
        return np.array([[chances[name] for name in split.classes] for chances in said])

    (first,) = zip(*cells(first_of(split.held_out, split.kind), split.kind).values(), strict=True)
    answer.single = lambda _: guess(*first)  # type: ignore[attr-defined]
    return answer


if __name__ == "__main__":
    run(fit, "wisen", "torch")
