"""Malignant or benign? Two thresholds that a doctor could state, until there is a program that is better."""

from __future__ import annotations

from typing import Literal

import wisen


@wisen.function
def diagnosis(
    mean_radius: float,
    mean_texture: float,
    mean_perimeter: float,
    mean_area: float,
    mean_smoothness: float,
    mean_compactness: float,
    mean_concavity: float,
    mean_concave_points: float,
    mean_symmetry: float,
    mean_fractal_dimension: float,
    radius_error: float,
    texture_error: float,
    perimeter_error: float,
    area_error: float,
    smoothness_error: float,
    compactness_error: float,
    concavity_error: float,
    concave_points_error: float,
    symmetry_error: float,
    fractal_dimension_error: float,
    worst_radius: float,
    worst_texture: float,
    worst_perimeter: float,
    worst_area: float,
    worst_smoothness: float,
    worst_compactness: float,
    worst_concavity: float,
    worst_concave_points: float,
    worst_symmetry: float,
    worst_fractal_dimension: float,
) -> Literal["malignant", "benign"]:
    """The diagnosis from a digitized fine-needle aspirate of a breast mass: 30 measures of its cell nuclei."""
    # The worst values are the means of the three largest nuclei.
    large, dented = worst_area > 950, worst_concave_points > 0.15
    return "malignant" if large or dented else "benign"
