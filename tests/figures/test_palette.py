"""Colors stay apart: for every eye, on both grounds."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from alviz.figures.palette import (
    BRANCHES,
    CLASSES,
    DARK,
    LIGHT,
    UNKNOWN,
    class_colors,
    class_scale,
    ranks,
    score_scale,
)

Array = NDArray[np.float64]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(color: str) -> Array:
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: Array) -> Array:
    xyz = TO_XYZ @ rgb.clip(0, 1) / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(TO_XYZ[1] @ linear(color)) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eye", EYES)
def test_class_colors_differ_for_every_eye(eye: str) -> None:
    seen = [lab(EYES[eye] @ linear(color)) for color in CLASSES]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= 12.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_everything_can_be_read_on_both_grounds(theme: object) -> None:
    assert min(contrast(color, theme.ground) for color in (*CLASSES, UNKNOWN)) >= 2.3
    assert contrast(theme.ink, theme.ground) > 12
    assert contrast(theme.accent, theme.ground) > 4.5
    # What is wanted most stands out most.
    assert contrast(theme.scale[-1][1], theme.ground) > 3 * contrast(theme.scale[0][1], theme.ground)


@pytest.mark.parametrize("eye", EYES)
def test_the_first_branches_differ_most(eye: str) -> None:
    seen = [lab(EYES[eye] @ linear(color)) for color in BRANCHES[:3]]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= 18
    assert len(set(BRANCHES)) == len(BRANCHES)


@pytest.mark.parametrize("n", [3, 10, 11, 30])
def test_every_class_has_its_own_color_and_its_own_step(n: int) -> None:
    colors = class_colors(n)
    assert len(set(colors)) == n
    scale, low, high = class_scale(n)
    for label in range(-1, n):
        at = (label - low) / (high - low)
        steps = [color for position, color in scale if position <= at]
        following = [color for position, color in scale if position > at]
        assert steps[-1] == following[0] == (UNKNOWN if label < 0 else colors[label])


def test_score_scale_keeps_what_has_no_score_apart() -> None:
    scale, low, high = score_scale(LIGHT)
    at = [position for position, _ in scale]
    zero = (0 - low) / (high - low)
    assert at == sorted(at)
    assert scale[-1] == (1, LIGHT.scale[-1][1])
    assert {color for position, color in scale if position < zero - 1e-9} == {UNKNOWN}
    assert (LIGHT.scale[0][1]) in [color for position, color in scale if position == pytest.approx(zero)]


def test_ranks_are_shares_with_ties_in_the_middle() -> None:
    values = [5.0, np.nan, -1.0, 5.0, 100.0, 0.0]
    np.testing.assert_allclose(ranks(values), [0.625, -1, 0, 0.625, 1, 0.25])
    np.testing.assert_array_equal(ranks([np.nan, np.nan]), [-1, -1])
    np.testing.assert_array_equal(ranks([3.0]), [0])
