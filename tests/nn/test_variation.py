"""Variations change each grid of a batch by itself, within their bounds."""

from __future__ import annotations

import torch

from wisen.nn import variation

GRIDS = torch.arange(1.0, 61).reshape(1, 1, 10, 6).repeat(400, 2, 1, 1)


def test_each_is_moved_by_itself_with_its_edge_repeated() -> None:
    torch.manual_seed(0)
    found = variation.moved(GRIDS, 2, 1)
    assert set((found[:, 0, 5, 3] - GRIDS[:, 0, 5, 3]).tolist()) == {
        6 * d + r for d in range(-2, 3) for r in (-1, 0, 1)
    }
    assert torch.equal(found[:, 0], found[:, 1])  # its channels alike
    down = found[found[:, 0, 5, 3] == GRIDS[0, 0, 3, 3]][0, 0]  # taken from two rows above
    assert torch.equal(down[0], down[1]) and torch.equal(down[2:], GRIDS[0, 0, :8])
    assert torch.equal(variation.moved(GRIDS, 0, 0), GRIDS)


def test_about_half_are_mirrored() -> None:
    torch.manual_seed(0)
    found = variation.mirrored(GRIDS)
    flipped = (found == GRIDS.flip(3)).flatten(1).all(1)
    assert 0.4 < flipped.float().mean() < 0.6 and torch.equal(found[~flipped], GRIDS[~flipped])


def test_rectangles_are_erased_from_about_half() -> None:
    torch.manual_seed(0)
    gone = variation.erased(GRIDS, 0.5) == 0
    assert 0.3 < gone.flatten(1).any(1).float().mean() < 0.6
    for each in gone[:, 0][gone.flatten(1).any(1)]:
        rows, columns = each.any(1).sum(), each.any(0).sum()
        assert each.sum() == rows * columns and rows <= 6 and columns <= 4


def test_they_are_turned_a_little() -> None:
    torch.manual_seed(0)
    smooth = torch.linspace(0, 1, 20).repeat(300, 1, 20, 1)
    found = variation.turned(smooth, 0.2, 0.1)
    assert (found - smooth).abs().max() < 0.45 and 0.01 < (found - smooth).abs().mean() < 0.2
    assert torch.allclose(variation.turned(smooth, 0.0, 0.0), smooth, atol=1e-5)


def test_what_is_framed_says_where_its_places_went() -> None:
    torch.manual_seed(0)
    spots = torch.zeros(40, 1, 60, 60)
    spots[:, :, 24:27, 33:36] = 1.0  # around 25.5 / 60 down, 34.5 / 60 right
    for varied, where in (variation.framed(spots, 0.3, 0.1, True), variation.flipped(spots)):
        went = where[:, :, :2] @ torch.tensor([25.5, 34.5]) / 60 + where[:, :, 2]
        steps = (torch.arange(60) + 0.5) / 60
        mass = varied.sum((1, 2, 3)).clamp(min=1e-6)
        down, right = ((varied.sum((1, axis)) * steps).sum(1) / mass for axis in (3, 2))
        assert torch.allclose(torch.stack([down, right], 1), went, atol=0.01)
        assert len({tuple(each) for each in where.flatten(1).tolist()}) > 1


def test_what_is_coloured_stays_within_its_range() -> None:
    torch.manual_seed(0)
    x = torch.randn(6, 3, 8, 8)
    found = variation.coloured(x, 0.3)
    assert not torch.equal(found, x) and x.min() <= found.min() and found.max() <= x.max()


def test_what_is_hidden_keeps_its_mean() -> None:
    torch.manual_seed(0)
    found = variation.hidden(torch.ones(4, 8, 32, 32), 0.3)
    assert 0.28 < float((found == 0).float().mean()) < 0.32 and abs(float(found.mean()) - 1) < 0.02
