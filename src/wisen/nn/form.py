"""What goes from layer to layer: the forms of features, and the frozen plan of one layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Vector:
    """float32 [batch, width]."""

    width: int

    def __str__(self) -> str:
        return f"vector {self.width}"


@dataclass(frozen=True)
class Team:
    """float32 [batch, count, width]: a vector for each member of a team of networks."""

    count: int
    width: int

    def __str__(self) -> str:
        return f"{self.count} x vector {self.width}"


MISSING, UNKNOWN = 0, 1
"""The first two classes of every column of Ids: no value, and one that was never seen."""


@dataclass(frozen=True)
class Ids:
    """int64 [batch, columns]: one class a column, below that column's size; the first two are MISSING and UNKNOWN.

    The others of the columns that are `rising` stand in an order.
    """

    sizes: tuple[int, ...]
    rising: tuple[bool, ...] = ()

    def __str__(self) -> str:
        return f"ids of {len(self.sizes)} columns, {sum(self.sizes)} classes"


@dataclass(frozen=True)
class Tokens:
    """int64 [batch, time]: token numbers below `vocabulary`; 0 is padding."""

    vocabulary: int

    def __str__(self) -> str:
        return f"tokens of {self.vocabulary}"


@dataclass(frozen=True)
class Sparse:
    """float32 [batch, time, 2]: a vector of `width` numbers, told by the places of those that are not 0, and
    by these numbers; a place stands once in a row, and 0 is padding."""

    width: int

    def __str__(self) -> str:
        return f"sparse vector {self.width}"


@dataclass(frozen=True)
class Sequence:
    """float32 [batch, time, width]."""

    width: int

    def __str__(self) -> str:
        return f"sequence of {self.width}"


@dataclass(frozen=True)
class Track:
    """float32 [batch, 1 + channels, time]: numbers at steps, of which each example has its own count. The first
    row is 1 where there is a step; beyond the last one all is 0.

    Where it is `timed`, what is said of it is said in the order of its steps, as of a sound.
    """

    channels: int
    timed: bool = False

    def __str__(self) -> str:
        return f"track of {self.channels}"


@dataclass(frozen=True)
class Grid:
    """float32 [batch, channels, height, width]."""

    channels: int
    height: int
    width: int

    def __str__(self) -> str:
        return f"grid {self.channels} x {self.height} x {self.width}"


@dataclass(frozen=True)
class Texts:
    """float32 [batch, beam, 2 + most]: the likeliest texts, the best first: the logarithm of each one's probability,
    how far the search was from another result, and the numbers of its pieces, with 0 after the last one. Where it is
    `timed`, `most` more numbers say when each piece begins, as a share of the steps."""

    beam: int
    most: int
    timed: bool = False

    def __str__(self) -> str:
        return f"{self.beam} texts of {self.most} pieces"


Form = Vector | Team | Ids | Tokens | Sparse | Sequence | Track | Grid | Texts


@dataclass(frozen=True)
class Bins:
    """The edges of each column's bins, and the width of the vector that a number becomes."""

    edges: tuple[tuple[float, ...], ...]
    width: int

    def __str__(self) -> str:
        return str(self.width)


@dataclass(frozen=True)
class Wording:
    """What a text is made of: `pieces` different ones, of which 0 ends it, at most `most` of them, and how many
    unfinished texts a search keeps; and the width of the layers that say it."""

    pieces: int
    most: int
    width: int
    beam: int = 4

    def __str__(self) -> str:
        return f"{self.width} of {self.pieces} pieces"


@dataclass(frozen=True)
class Layer:
    """A row of the BLOCKS table and its one dial: a width, channels, a rate or a user's module."""

    block: str
    size: object = None

    def __str__(self) -> str:
        if self.size is None:
            return self.block
        known = isinstance(self.size, (int, float, Bins, Wording))
        return f"{self.block} {self.size if known else type(self.size).__name__}"
