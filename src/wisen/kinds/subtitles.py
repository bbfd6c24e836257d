"""Subtitles: a text that was heard, cut into lines with the times at which they are to be seen (SubRip, .srt)."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_LINE, LONGEST_TIME = 42, 7.0
"""Letters of a line, and seconds that it is seen, at most, as Netflix has it (Timed Text Style Guide)."""
PAUSE, LEAST = 1.5, 1.0
"""Seconds without a word after which a new line begins, and that the last word of a line is seen."""


def written(pieces: Sequence[str], when: Sequence[float]) -> str:
    """The pieces of a text, which begin at these seconds, as subtitles; no pieces are none."""
    lines = lined(words(pieces, when))
    found = []
    for number, line in enumerate(lines):
        end = line[-1][1] + LEAST
        if number + 1 < len(lines):
            end = min(end, lines[number + 1][0][1])
        text = " ".join(word for word, _ in line)
        found.append(f"{number + 1}\n{moment(line[0][1])} --> {moment(end)}\n{text}\n")
    return "\n".join(found)


def words(pieces: Sequence[str], when: Sequence[float]) -> list[tuple[str, float]]:
    """The words of which the pieces are parts, and when each of them begins."""
    found: list[tuple[str, float]] = []
    open_ = False
    for piece, start in zip(pieces, when, strict=True):
        for place, part in enumerate(piece.split(" ")):
            open_ = open_ and not place
            if part and open_:
                found[-1] = found[-1][0] + part, found[-1][1]
            elif part:
                found.append((part, start))
                open_ = True
    return found


def lined(spoken: Sequence[tuple[str, float]]) -> list[list[tuple[str, float]]]:
    """The words in lines: a new one after a pause, or where the one before would become too long."""
    found: list[list[tuple[str, float]]] = []
    for word, start in spoken:
        line = found[-1] if found else []
        letters = sum(len(each) + 1 for each, _ in line) + len(word)
        full = letters > LONGEST_LINE or (line and start - line[0][1] > LONGEST_TIME - LEAST)
        if not line or full or start - line[-1][1] > PAUSE:
            found.append([(word, start)])
        else:
            line.append((word, start))
    return found


def moment(seconds: float) -> str:
    """A moment as SubRip writes it: hours:minutes:seconds,thousandths."""
    thousandths = round(1000 * seconds)
    rest, thousandths = divmod(thousandths, 1000)
    rest, second = divmod(rest, 60)
    hour, minute = divmod(rest, 60)
    return f"{hour:02}:{minute:02}:{second:02},{thousandths:03}"
