"""The memory of calls, over a million of them: it does not grow."""

from __future__ import annotations

from wisen.contract.check import Check, Subject
from wisen.spoken import size

ROOM = 1 << 20
"""Bytes by which a process may grow between a tenth of the calls and their end: what allocators keep to themselves."""
BLOCKS, SELDOM = 500, 1000
"""Blocks of Python's memory that may be added meanwhile, and one more for so many calls."""


def flat(subject: Subject) -> Check:
    """Whether the process is no larger after many calls than after a tenth of them."""
    found = subject.watched
    grown = found.bytes[-1] - found.bytes[0]
    kept = grown <= ROOM
    seen = ROOM / max(1, found.counted)
    fine = f"{seen:.2g} bytes" if seen < 1000 else size(seen)
    said = (
        f"{size(found.bytes[0])} after a tenth of {found.calls:,} calls, {size(found.bytes[-1])} after all of them"
        f"{'' if kept else f': grown by {size(grown)}'}; more than {fine} a call would be seen"
    )
    return Check("memory", kept, said, {"calls": found.calls, "bytes": list(found.bytes), "grown": grown})


def held(subject: Subject) -> Check:
    """Whether Python holds no more blocks of memory after many calls than after a tenth of them."""
    found = subject.watched
    grown, most = found.blocks[-1] - found.blocks[0], BLOCKS + found.counted // SELDOM
    kept = grown <= most
    many = f"{grown:+,} blocks of memory held after {found.counted:,} more calls"
    said = many if kept else f"{many}: {grown / max(1, found.counted):.2g} more a call"
    return Check("allocations", kept, said, {"blocks": list(found.blocks), "grown": grown})
