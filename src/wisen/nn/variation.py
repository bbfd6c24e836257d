"""Variations of a batch of grids: each moved, mirrored, turned or partly erased by a chance of its own."""

from __future__ import annotations

import torch


def moved(x: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """The grids moved by up to so many cells, the edge repeated where they came from."""
    rows, columns = places(x, 2, down), places(x, 3, right)
    return x.gather(2, rows[:, None, :, None].expand_as(x)).gather(3, columns[:, None, None, :].expand_as(x))


def places(x: torch.Tensor, axis: int, most: int) -> torch.Tensor:
    """From which place along an axis each place of each grid is taken, [batch, places]."""
    by = torch.randint(-most, most + 1, (len(x), 1))
    return (torch.arange(x.shape[axis]) + by).clamp(0, x.shape[axis] - 1).to(x.device)


def mirrored(x: torch.Tensor) -> torch.Tensor:
    """About half of the grids, left for right."""
    return torch.where((torch.rand(len(x), 1, 1, 1) < 0.5).to(x.device), x.flip(3), x)


def turned(x: torch.Tensor, most: float, far: float) -> torch.Tensor:
    """The grids turned by up to `most` radians, scaled by up to that share, and moved by up to a share `far` of
    their side."""
    count = len(x)
    angle, size = (2 * torch.rand(2, count) - 1) * most
    shift = (2 * torch.rand(count, 2) - 1) * 2 * far  # from -1 to 1 is a whole side
    cos, sin = (1 + size) * torch.cos(angle), (1 + size) * torch.sin(angle)
    theta = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    grid = torch.nn.functional.affine_grid(theta.to(x), list(x.shape), align_corners=False)
    return torch.nn.functional.grid_sample(x, grid, padding_mode="border", align_corners=False)


def erased(x: torch.Tensor, most: float) -> torch.Tensor:
    """The grids, half of them with a rectangle of zeros whose sides are up to a share `most` of theirs (Zhong et
    al., 2020, Random Erasing Data Augmentation)."""
    inside = [stretch(len(x), side, most).to(x.device) for side in x.shape[2:]]
    gone = (torch.rand(len(x), 1, 1) < 0.5).to(x.device) & inside[0][:, :, None] & inside[1][:, None, :]
    return x.masked_fill(gone[:, None], 0.0)


def stretch(count: int, side: int, most: float) -> torch.Tensor:
    """A stretch of places of a side by chance, once for each of `count` grids, [count, side]."""
    length = torch.rand(count, 1) * most * side
    first = torch.rand(count, 1) * (side - length)
    place = torch.arange(side)
    return (place >= first.floor()) & (place < first + length)


def stretched(x: torch.Tensor, down: float, right: float) -> torch.Tensor:
    """The grids made higher or lower by up to a share `down`, longer or shorter by up to a share `right`, both from
    their first place on; what comes from beyond the edge is 0."""
    count = len(x)
    size = torch.stack([1 + (2 * torch.rand(count) - 1) * most for most in (right, down)], 1)
    zero = torch.zeros(count)
    theta = torch.stack(
        [torch.stack([size[:, 0], zero, size[:, 0] - 1], 1), torch.stack([zero, size[:, 1], size[:, 1] - 1], 1)], 1
    )
    grid = torch.nn.functional.affine_grid(theta.to(x), list(x.shape), align_corners=False)
    return torch.nn.functional.grid_sample(x, grid, padding_mode="zeros", align_corners=False)


def masked(x: torch.Tensor, most: float) -> torch.Tensor:
    """The grids, each with some neighbouring rows and some neighbouring columns hidden, up to a share `most`."""
    rows, columns = (stretch(len(x), side, most).to(x.device) for side in x.shape[2:])
    return x.masked_fill((rows[:, :, None] | columns[:, None, :])[:, None], 0.0)


def framed(x: torch.Tensor, most: float, far: float, mirror: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """(the grids made larger or smaller by up to a factor of 1 + `most`, up to a share `far` of their side away, and
    half of them mirrored where they may be; where each place went).

    Places are shares of the sides: [batch, 2, 3] says that what stood at (down, right) stands at
    m[:, :2] (down, right) + m[:, 2] now. What comes from beyond the edge is 0.
    """
    count = len(x)
    size = (1 + most) ** (2 * torch.rand(count, 1) - 1) * (1 + most / 4) ** (2 * torch.rand(count, 2) - 1)
    shift = (2 * torch.rand(count, 2) - 1) * 2 * far  # from -1 to 1 is a whole side
    if mirror:
        size[:, 1] *= torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    zero = torch.zeros(count)
    theta = torch.stack(  # torch asks for right before down
        [torch.stack([size[:, 1], zero, shift[:, 1]], 1), torch.stack([zero, size[:, 0], shift[:, 0]], 1)], 1
    )
    grid = torch.nn.functional.affine_grid(theta.to(x), list(x.shape), align_corners=False)
    moved = torch.nn.functional.grid_sample(x, grid, padding_mode="zeros", align_corners=False)
    return moved, torch.cat([torch.diag_embed(1 / size), ((1 - (1 + shift) / size) / 2)[:, :, None]], 2).to(x)


def flipped(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(the grids, about half of them left for right; where each place went, as `framed` tells it)."""
    flip = torch.rand(len(x)) < 0.5
    where = torch.eye(2, 3).repeat(len(x), 1, 1)
    where[flip, 1, 1], where[flip, 1, 2] = -1.0, 1.0
    return torch.where(flip.to(x.device)[:, None, None, None], x.flip(3), x), where.to(x)


def hidden(x: torch.Tensor, share: float) -> torch.Tensor:
    """The grids, a share of their numbers 0, and the others larger so that the mean is kept."""
    return torch.nn.functional.dropout(x, share)


def coloured(x: torch.Tensor, most: float) -> torch.Tensor:
    """The grids lighter or darker, each channel with more or less contrast, by up to a share `most`; none of them
    beyond what is found in the batch."""
    count, channels = x.shape[:2]
    gain = 1 + (2 * torch.rand(count, 1, 1, 1) - 1) * most + (2 * torch.rand(count, channels, 1, 1) - 1) * most / 4
    shift = (2 * torch.rand(count, 1, 1, 1) - 1) * most
    return (x * gain.to(x) + shift.to(x)).clamp(x.min(), x.max())
