"""One target in a process of its own, which a crash may end: `python -m tests.fuzz.one TARGET libfuzzer-options...`."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import resource
import sys
import traceback
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["wisen"]):
    from tests.fuzz.targets import TARGETS, attempt
    from wisen import manifest

FOUND = Path(__file__).parent / "found"
"""Where what was found is kept: the input, and beside it the traceback."""

MOST_MEMORY = 4 << 30
"""Bytes of a process, as a container limits them: a graph that asks for more has to be refused in words."""


def main(name: str, options: list[str]) -> None:
    """Feeds a target until libFuzzer has had enough; goes on after an exception, which is kept once a place."""
    target, seen = TARGETS[name], set[str]()
    corpus = FOUND.parent / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    warnings.simplefilter("ignore")
    logging.disable()

    def feed(data: bytes) -> None:
        try:
            with contextlib.redirect_stdout(None):
                attempt(target, data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            where = f"{type(error).__name__} {frames[-1].filename}:{frames[-1].lineno}"
            if where not in seen:
                seen.add(where)
                keep(name, data, where)

    manifest.LONGEST_TRIAL = 5.0  # what works for longer would be reported here, and need not be
    limits = [
        "-timeout=30",
        "-report_slow_units=30",
        "-rss_limit_mb=6000",
        f"-max_len={target.longest}",
        "-print_final_stats=1",
    ]
    atheris.Setup([name, *limits, f"-artifact_prefix={FOUND}/{name}-", *options, str(corpus)], feed)
    atheris.Fuzz()


def keep(name: str, data: bytes, where: str) -> None:
    """Writes down an input that was neither read nor refused."""
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{name}-{hashlib.sha256(where.encode()).hexdigest()[:12]}"
    path.write_bytes(data)
    path.with_suffix(".txt").write_text(f"{where}\n\n{traceback.format_exc()}")
    sys.stderr.write(f"FOUND {where}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
