"""Do two pictures show the same person? wisen beside the distance of pixels and dlib's face embedding.

python -m bench.person [--peers wisen,...] [--budget S] [--seeds 0,1,2] [--cached] [--write]
"""

from __future__ import annotations

from bench.beside import gather, quality_row, seconds_row, when
from bench.options import options
from bench.table import finish
from bench.tasks import PEOPLE

PEERS = ("wisen", "pixels", "embedding")

HOW = (
    "ORL faces (AT&T Laboratories Cambridge): 10 of the 40 people are held out, others by each seed; all 450 pairs of "
    "pictures of one of them, and as many of two. dlib's embedding was learned elsewhere, from 3 million photographs "
    "of other people; wisen learns from the 30 people alone, within {budget:g} s."
)


def main() -> None:
    """Measures and shows the table."""
    typed = options(__doc__, list(PEOPLE), PEERS, budget=180)
    found = gather(typed, lambda task, peer: typed.budget if peer == "wisen" else 0)
    quality = quality_row(found, "same_person", "ROC AUC", goal="ahead")
    rows = [quality, seconds_row(found, "same_person", "fit"), seconds_row(found, "same_person", "single")]
    finish("person", rows, f"{HOW.format(budget=typed.budget)} {when(found)}", found.head)


if __name__ == "__main__":
    main()
