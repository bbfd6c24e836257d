"""Charts: whole SVG, nothing beyond the paper, ticks at round numbers."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from wisen.report.chart import Axis, Chart


def test_it_is_xml_with_labels_and_nothing_is_drawn_beyond_the_frame() -> None:
    canvas = Chart("a <b> & c", Axis("seconds (s)", 0, 10), Axis("share", 0, 1, share=True))
    canvas.line([(0, 0.5), (20, 7.0), (math.nan, 0.2)]).dots([(5, 0.5), (5, -9)]).interval(3, 0.1, math.inf)
    canvas.band([0, 5], [0, 0.1], [1, 2]).bar(1, 2, 0.5).steady(0.5).cell(5, 0.5, 0.9, "7")
    root = ElementTree.fromstring(str(canvas))
    texts = [each.text for each in root.iter("text")]
    assert "seconds (s)" in texts and "share" in texts and "60 %" in texts and "7" in texts
    for circle in root.iter("circle"):
        assert 0 <= float(circle.get("cx", "")) <= canvas.wide and 0 <= float(circle.get("cy", "")) <= canvas.high
    for path in root.iter("path"):
        if path.get("class", "").startswith("c0"):
            points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.get("d", ""))
            assert all(0 <= float(x) <= canvas.wide and 0 <= float(y) <= canvas.high for x, y in points)


@pytest.mark.parametrize(
    ("axis", "texts"),
    [
        (Axis("", 0, 1, share=True), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]),
        (Axis("", 0.94, 0.99, share=True), ["94 %", "95 %", "96 %", "97 %", "98 %", "99 %"]),
        (Axis("", -1.0, 1.0), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
        (Axis("", 0, 12_000), ["0", "5,000", "10,000"]),
        (Axis("", 0.001, 1.0, log=True), ["0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]),
        (Axis.of_names("", ["a", "b"]), ["a", "b"]),
    ],
)
def test_ticks_are_round(axis: Axis, texts: list[str]) -> None:
    assert [text for _, text in axis.ticks()] == texts
    assert all(-1e-9 <= axis.at(value) <= 1 + 1e-9 for value, _ in axis.ticks())


def test_an_axis_has_room_for_all_values_and_survives_odd_ones() -> None:
    for values in ([1.0], [0.0, 0.0], [math.nan, math.inf], [-5e9, 5e9], []):
        axis = Axis.around("x", values)
        assert axis.low < axis.high and axis.ticks() is not None
    assert Axis.around("x", [0.0, 1.0], share=True).high == 1.0
