"""The options of the benches against peers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from bench.peers import PEERS


@dataclass(frozen=True)
class Options:
    """What is measured: by which peers, on which tasks, with which seeds and seconds; what anew."""

    tasks: tuple[str, ...]
    peers: tuple[str, ...]
    seeds: tuple[int, ...]
    budget: float
    again: tuple[str, ...]
    cached: bool


def options(
    about: str | None,
    tasks: Sequence[str],
    peers: Sequence[str],
    budget: float = 0.0,
    seeds: str = "0,1,2",
    words: Sequence[str] | None = None,
) -> Options:
    """The options as they were typed."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write bench/README.md")
    parser.add_argument("--budget", type=float, default=budget, help="seconds for those that take a limit")
    parser.add_argument("--seeds", default=seeds)
    parser.add_argument("--only", default=",".join(tasks), help=f"tasks: {', '.join(tasks)}")
    parser.add_argument("--peers", default=",".join(peers), help=f"of {', '.join(PEERS)}")
    parser.add_argument("--again", default="", help="peers whose kept results are not used")
    parser.add_argument("--cached", action="store_true", help="measure nothing, show what is kept")
    typed = parser.parse_args(words)

    def several(text: str, known: Sequence[str], what: str) -> tuple[str, ...]:
        found = tuple(text.split(",")) if text else ()
        for name in found:
            if name not in known:
                parser.error(f"there is no {what} {name!r}; there is: {', '.join(known)}")
        return found

    return Options(
        several(typed.only, tasks, "task"),
        several(typed.peers, list(PEERS), "peer"),
        tuple(int(seed) for seed in typed.seeds.split(",")),
        typed.budget,
        several(typed.again, list(PEERS), "peer"),
        typed.cached,
    )
