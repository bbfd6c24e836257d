"""By what the distance of unlike inputs was chosen, and beside what.

python -m bench.unlike_choice [--budget 60]

A program that tells clothes apart (5,000 of Fashion-MNIST) is shown digits, noise, and clothes that are spoiled, lie
on their side or stand on their head: none of what bench/unlike.py measures. Printed is the area under the ROC curve
of each distance, from the vector of the last level and from those of all levels.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench import tasks
from bench.unlike import functions, noise


def main() -> None:
    """Trains the program and prints the areas."""
    budget = float(sys.argv[sys.argv.index("--budget") + 1]) if "--budget" in sys.argv else 60.0
    with tempfile.TemporaryDirectory() as folder:
        choose(functions(Path(folder)).clothes, budget)


def choose(function: Any, budget: float) -> None:
    """Prints the areas of several distances for a program that tells clothes apart."""
    from sklearn.metrics import roc_auc_score

    training, rest = tasks.fashion(0)
    photos, answers = training["photo"][:5000], training["answer"][:5000]
    look = watched(function, list(zip(photos, answers.tolist(), strict=True)), budget)
    chance = np.random.default_rng(1)
    own = rest["photo"][:1000]
    spoiled = np.clip(own[:500].astype(int) + chance.normal(0, 80, own[:500].shape), 0, 255).astype(np.uint8)
    others = {
        "digits": tasks.mnist(0)[1]["photo"][:1000],
        **noise(own[:500], chance),
        "spoiled": spoiled,
        "inverted": 255 - own[:500],
        "on their side": np.rot90(own[:500], axes=(1, 2)),
        "on their head": own[:500, ::-1],
    }
    known, new = look(photos[:1500]), look(own)
    seen = {name: look(pictures) for name, pictures in others.items()}
    print(f"{'distance':44}", *(f"{name[:12]:>13}" for name in others))
    for title, distance in distances().items():
        for levels in ("last level", "all levels"):
            part = slice(None, look.width) if levels == "last level" else slice(None)
            near, *far = distance(known[:, part], [new[:, part], *(each[:, part] for each in seen.values())])
            areas = [roc_auc_score(np.arange(len(near) + len(x)) >= len(near), np.r_[near, x]) for x in far]
            print(f"{title + ', ' + levels:44}", *(f"{area:13.3f}" for area in areas), flush=True)


class Look:
    """What a network makes of pictures: the vectors of its levels, the last one first, `width` numbers of it."""

    def __init__(self, network: Any, feed: Any, name: str) -> None:
        self.network, self.feed, self.name, self.width = network, feed, name, 0

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        import torch
        from spox import Tensor, argument

        from wisen.descent.batches import Tensors
        from wisen.descent.levels import vectors
        from wisen.nn.session import session

        raw = {tensor.name: argument(Tensor(np.uint8, tensor.dims)) for tensor in self.feed.raw}
        run = session(raw, {"features": self.feed.kind.graph(*raw.values())}).run
        values = [self.feed.kind.read(each) for each in pictures]
        read = [run(None, self.feed.tensors([values[start : start + 250]]))[0] for start in range(0, len(values), 250)]
        examples = Tensors({self.name: torch.from_numpy(np.concatenate(read))}, {})
        with torch.no_grad():
            self.width = self.network.seen(examples.take(slice(0, 2)).features)[0][1].shape[-1]
            return vectors(self.network, examples)


def watched(function: Any, pairs: Any, budget: float) -> Look:
    """What trains a function, and looks into the network that comes of it."""
    import wisen.descent as descent

    caught: list[Any] = []
    before = vars(descent)["unlike_of"]

    def looked(network: Any, plan: Any, *rest: Any) -> Any:
        caught[:] = network, plan
        return before(network, plan, *rest)

    setattr(descent, "unlike_of", looked)  # noqa: B010  # no name that it offers: it is looked at from outside
    try:
        done = function.train(pairs, budget=budget, accept=True)
    finally:
        setattr(descent, "unlike_of", before)  # noqa: B010  # as above
    network, plan = caught
    (feed,) = done.program.feeds
    (name,) = plan.reads
    view = name.removeprefix(feed.name).strip()
    return Look(network, feed.view(view), name)


def distances() -> dict[str, Callable[[np.ndarray, list[np.ndarray]], list[np.ndarray]]]:
    """Distances from known vectors by name, each of several sets of others."""
    from wisen.sure.unlike import Unlike

    def nearest(known: np.ndarray, sets: list[np.ndarray], unit: bool = False, few: int | None = None) -> Any:
        def one(x: np.ndarray) -> np.ndarray:
            x = x.astype(float)
            return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9) if unit else x

        points, every = one(known)[:few], [one(x) for x in sets]
        squares = [(x**2).sum(1)[:, None] + (points**2).sum(1) - 2 * x @ points.T for x in every]
        return [np.sqrt(each.clip(0).min(1)) for each in squares]

    def mahalanobis(known: np.ndarray, sets: list[np.ndarray]) -> Any:
        mean, apart = known.mean(0), known - known.mean(0)
        sizes, axes = np.linalg.eigh(apart.T @ apart / len(known))
        sizes = np.maximum(sizes, 1e-2 * sizes.mean())
        return [np.sqrt((((x - mean) @ axes) ** 2 / sizes).sum(1)) for x in sets]

    return {
        "nearest of 1500 (Sun et al.)": nearest,
        "nearest of 1500, of length 1": lambda known, sets: nearest(known, sets, unit=True),
        "nearest of 256": lambda known, sets: nearest(known, sets, few=256),
        "Mahalanobis (Lee et al.)": mahalanobis,
        "half whitened, nearest of 256 (taken)": lambda known, sets: [Unlike.fit(known).distances(x) for x in sets],
    }


if __name__ == "__main__":
    main()
