"""Seeds that a comparison needs: table values, and tests that are really made."""

import numpy as np
import pytest
from scipy import stats

from alviz.analysis import paired_power, paired_test, seeds_needed
from alviz.errors import InvalidInput


@pytest.mark.parametrize(("effect", "seeds"), [(0.2, 199), (0.5, 34), (0.8, 15), (1.0, 10)])
def test_table_values_for_the_paired_test(effect: float, seeds: int) -> None:
    assert seeds_needed(effect) == seeds_needed(-effect) == seeds
    assert paired_power(effect, seeds - 1) < 0.8 <= paired_power(effect, seeds)


@pytest.mark.parametrize(("effect", "seeds", "alpha"), [(1.0, 5, 0.05), (0.4, 20, 0.05), (2.0, 5, 0.01), (0.0, 4, 0.1)])
def test_power_is_how_often_a_test_finds_it(effect: float, seeds: int, alpha: float) -> None:
    rng = np.random.default_rng(seeds)
    found = paired_test(rng.normal(effect, 1, (40_000, seeds)), np.zeros(seeds)).p < alpha
    np.testing.assert_allclose(paired_power(effect, seeds, alpha), found.mean(), atol=0.01)


def test_power_as_the_noncentral_t_has_it() -> None:
    for effect, seeds in ((0.3, 12), (1.5, 3), (8.0, 2), (0.5, 60), (0.09, 900)):
        border, away = stats.t.ppf(0.975, seeds - 1), effect * np.sqrt(seeds)
        # Far out on the other side scipy has NaN for what is none.
        other = np.nan_to_num(stats.nct.cdf(-border, seeds - 1, away))
        expected = stats.nct.sf(border, seeds - 1, away) + other
        np.testing.assert_allclose(paired_power(effect, seeds), expected, atol=1e-9)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 28, 0.05 / 4950])
def test_power_grows_with_seeds_and_effects_everywhere(alpha: float) -> None:
    effects, seeds = np.geomspace(0.005, 300, 150)[:, None], np.arange(2, 1001)
    power = paired_power(effects, seeds, alpha)
    assert np.isfinite(power).all()
    assert (np.diff(power, axis=0) >= -1e-9).all()
    assert (np.diff(power, axis=1) >= -1e-9).all()


def test_no_effect_and_too_small_ones_have_no_number() -> None:
    np.testing.assert_array_equal(seeds_needed([0.0, 0.05, np.nan, np.inf]), [np.inf, np.inf, np.nan, 2])
    assert seeds_needed(0.05, most=10_000) == 3142
    assert seeds_needed(100.0) == 2


def test_stricter_tests_and_more_power_need_more() -> None:
    assert seeds_needed(1.0, alpha=0.05 / 28) > seeds_needed(1.0, power=0.95) > seeds_needed(1.0)


def test_shares_are_checked() -> None:
    for bad in ({"alpha": 5}, {"power": 1.0}):
        with pytest.raises(InvalidInput, match=f"{next(iter(bad))} is .*expected a share"):
            seeds_needed(1.0, **bad)
