"""Oracles: an answer depends on the id alone."""

from __future__ import annotations

import numpy as np
import pytest

import alviz
from alviz import Pool
from alviz.errors import InvalidInput
from alviz.oracles import Human, Noisy, Truth


@pytest.fixture(scope="module")
def pool() -> Pool:
    y = np.arange(2000) % 5
    return alviz.datasets.arrays(np.zeros((2000, 1)), y)


def test_the_truth_is_the_pools_own(pool: Pool) -> None:
    ids = np.array([7, 3, 1999])
    assert Truth().answer(pool, ids, 0).tolist() == [2, 3, 4]


def test_the_truth_refuses_what_the_pool_does_not_know() -> None:
    holes = alviz.datasets.arrays(np.zeros((5, 1)), [0, -1, 1, -1, 0])
    for oracle in (Truth(), Noisy()):
        with pytest.raises(InvalidInput, match=r"no label for 2 of 3 ids asked, the first is 3.*label\(ids, labels\)"):
            oracle.answer(holes, np.array([0, 3, 1]), 0)


def test_noise_errs_in_its_share_evenly_over_the_other_classes(pool: Pool) -> None:
    ids = np.arange(2000)
    for rate in (0.1, 0.4):
        told = Noisy(rate=rate).answer(pool, ids, seed=1)
        wrong = told != pool.y
        assert abs(wrong.mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / 2000)
        shift = np.bincount((told - pool.y)[wrong] % 5, minlength=5)
        assert shift[0] == 0
        assert np.all(np.abs(shift[1:] / wrong.sum() - 0.25) < 0.1)
    np.testing.assert_array_equal(Noisy(rate=0.0).answer(pool, ids, 1), pool.y)
    assert np.all(Noisy(rate=1.0).answer(pool, ids, 1) != pool.y)


def test_noise_depends_on_the_id_and_the_seed_alone(pool: Pool) -> None:
    noisy = Noisy(rate=0.5)
    ids = np.arange(200)
    told = noisy.answer(pool, ids, seed=1)
    order = np.random.default_rng(0).permutation(200)
    np.testing.assert_array_equal(noisy.answer(pool, ids[order], seed=1), told[order])
    np.testing.assert_array_equal([noisy.answer(pool, ids[i : i + 1], seed=1)[0] for i in range(200)], told)
    assert not np.array_equal(noisy.answer(pool, ids, seed=2), told)
    assert pool.y[:5].tolist() == [0, 1, 2, 3, 4]  # the pool was not written


def test_a_person_has_no_answer_of_its_own(pool: Pool) -> None:
    with pytest.raises(InvalidInput, match="labels of the 3 ids"):
        Human().answer(pool, np.arange(3), 0)


@pytest.mark.parametrize("rate", [-0.1, 1.1, "half"])
def test_a_rate_is_a_share(rate: object) -> None:
    with pytest.raises(InvalidInput, match="rate is"):
        Noisy(rate=rate)  # type: ignore[arg-type]
