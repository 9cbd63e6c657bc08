"""BALD on scripted passes: sums in plain Python, the ends of its range, and where its picks come from."""

from math import log

import numpy as np
import pytest
from samplers.helpers import ask
from samplers.modeled import ask_passes, random_passes

from alviz.errors import InvalidInput, MissingNeeds
from alviz.samplers import query as query_module
from alviz.samplers.bald import BALD, mutual_information
from alviz.testing import check_sampler

PASSES = random_passes()
SCATTERED = [0, 7, 8, 21, 29]


def plain_entropy(p: list[float]) -> float:
    return -sum(x * log(x) for x in p if x > 0)


def test_it_keeps_the_contract() -> None:
    check_sampler(BALD())
    check_sampler(BALD(passes=2))


def test_the_difference_of_entropies_in_plain_python() -> None:
    found = mutual_information(PASSES)
    for i in range(PASSES.shape[1]):
        rows = PASSES[:, i].astype(np.float64).tolist()
        mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        expected = plain_entropy(mean) - sum(map(plain_entropy, rows)) / len(rows)
        assert found[i] == pytest.approx(expected, abs=1e-9)


def test_the_mutual_information_of_the_joint_distribution() -> None:
    """The other way to it: the Kullback-Leibler divergence of each pass from the mean, on average."""
    p = PASSES.astype(np.float64)
    ratio = np.log(np.where(p > 0, p, 1) / np.where(p > 0, p.mean(axis=0), 1))
    np.testing.assert_allclose(mutual_information(PASSES), (p * ratio).sum(axis=2).mean(axis=0), atol=1e-9)


def test_the_ends_of_its_range() -> None:
    alike = np.repeat(PASSES[:1], 20, axis=0)
    np.testing.assert_allclose(mutual_information(alike), 0, atol=1e-12)
    assert (mutual_information(alike) >= 0).all()
    sure = np.eye(4)[np.arange(20) % 4][:, None]  # each class on top in five passes
    assert mutual_information(sure)[0] == pytest.approx(log(4), abs=1e-12)
    assert (mutual_information(PASSES) < log(4)).all()
    unsure = np.full((20, 1, 4), 0.25)
    assert mutual_information(unsure)[0] == pytest.approx(0, abs=1e-12)


def test_a_pair_of_passes_by_hand() -> None:
    # (1, 0) and (1/2, 1/2): H of the mean (3/4, 1/4) is 2 log 2 - 3/4 log 3; half of log 2 is taken off.
    found = mutual_information([np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])])
    assert found[0] == pytest.approx(1.5 * log(2) - 0.75 * log(3))


def test_picks_are_ids_among_scattered_labels() -> None:
    candidates = np.setdiff1d(np.arange(2, 30), SCATTERED)
    selection = BALD(passes=7).select(ask_passes(6, PASSES, SCATTERED, candidates=candidates))
    information = mutual_information(PASSES)
    expected = sorted(candidates, key=lambda i: -information[i])[:6]
    assert selection.ids.tolist() == [int(i) for i in expected]
    np.testing.assert_allclose(selection.scores[candidates], information[candidates], rtol=1e-6)
    assert np.isnan(selection.scores[[*SCATTERED, 1]]).all()
    mean = PASSES.mean(axis=0, dtype=np.float64)
    whole = [plain_entropy(row) for row in mean.tolist()]
    np.testing.assert_allclose(selection.extra["entropy"][candidates], np.array(whole)[candidates], rtol=1e-5)


def test_one_pass_cannot_disagree_and_no_dropout_cannot_pass() -> None:
    with pytest.raises(InvalidInput, match="passes is 1, expected at least 2"):
        BALD(passes=1)
    with pytest.raises(MissingNeeds, match="no stochastic in cycle 0"):
        BALD().select(ask(2, probs=np.full((5, 2), 0.5)))


def test_candidates_go_through_the_model_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eleven vectors of four bytes at a time: the same passes, put together again."""
    monkeypatch.setattr(query_module, "_BYTES", 44)
    rows = np.repeat(PASSES, 3, axis=0)  # the script is asked thrice per pass
    steps: list[tuple[int, int]] = []
    query = ask_passes(4, rows, SCATTERED, report=lambda phase, done, total: steps.append((done, total)))
    passes = query.stochastic(7)
    np.testing.assert_array_equal(passes, PASSES[:, query.candidates])
    assert len(steps) == 21
    assert [done / total for done, total in steps] == pytest.approx([step / 21 for step in range(1, 22)])
