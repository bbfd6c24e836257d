"""Numbers are said as a person says them, at the ends of a unit too."""

from __future__ import annotations

import pytest

from wisen.spoken import duration, figure, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (0.25, "0.250"),
        (0.0004, "0.0004"),
        (-0.00001234, "-1.23e-05"),
        (123.456, "123.5"),
        (1e6, "1,000,000"),
    ],
)
def test_a_figure_has_as_many_digits_as_matter(value: float, text: str) -> None:
    assert figure(value) == text and signed(abs(value)).startswith("+")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12.3e-6, "12.3 µs"),
        (0.000999, "999 µs"),
        (0.0009998, "1 ms"),
        (0.25, "250 ms"),
        (0.9997, "1.0 s"),
        (61.0, "61.0 s"),
    ],
)
def test_a_duration_is_said_in_the_unit_that_it_rounds_to(seconds: float, text: str) -> None:
    assert duration(seconds) == text
