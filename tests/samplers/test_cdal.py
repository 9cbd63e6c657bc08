import numpy as np
import pytest
from samplers.helpers import ask

from alviz.numeric.symmetric_kl import k_center_kl
from alviz.samplers.cdal import CDAL
from alviz.testing import check_sampler

SCATTERED = [0, 7, 8, 29]


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    """½ KL(p‖q) + ½ KL(q‖p), term by term."""
    p, q = (np.maximum(a.astype(np.float64), 1e-12) / np.maximum(a.astype(np.float64), 1e-12).sum() for a in (p, q))
    return 0.5 * sum(a * np.log(a / b) for a, b in zip(p, q, strict=True)) + 0.5 * sum(
        b * np.log(b / a) for a, b in zip(p, q, strict=True)
    )


def brute_force(probs: np.ndarray, labeled: list[int], n: int, candidates: list[int]) -> list[int]:
    centers, picked = list(labeled), []
    for _ in range(n):
        left = [i for i in candidates if i not in picked]
        if centers:
            gaps = [min(divergence(probs[i], probs[j]) for j in centers) for i in left]
        else:
            mean = probs[candidates].astype(np.float64).mean(axis=0)
            gaps = [-divergence(probs[i], mean) for i in left]
        picked.append(left[int(np.argmax(gaps))])
        centers.append(picked[-1])
    return picked


@pytest.mark.parametrize("seed", range(12))
def test_equals_brute_force_on_thirty_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet([0.3] * (2 + seed % 4), size=30).astype(np.float32)
    labeled = rng.permutation(30)[: seed % 5].tolist()
    candidates = np.setdiff1d(np.arange(30), labeled)
    if seed % 2:
        candidates = np.sort(rng.permutation(candidates)[:18])
    selection = CDAL().select(ask(8, labeled, probs=probs, candidates=candidates))
    assert selection.ids.tolist() == brute_force(probs, labeled, 8, candidates.tolist())


def test_four_predictions_by_hand() -> None:
    # d of (p, 1-p) and (q, 1-q) is ½ (p - q)(logit p - logit q). Labeled is 1/2.
    probs = [[0.5, 0.5], [0.9, 0.1], [0.8, 0.2], [0.4, 0.6]]
    logit = [np.log(p / q) for p, q in probs]
    selection = CDAL().select(ask(3, [0], probs=probs))
    expected = [0.5 * (p[0] - 0.5) * x for p, x in zip(probs, logit, strict=True)]
    np.testing.assert_allclose(selection.scores[1:], expected[1:], rtol=1e-5)
    # 0.9 is farthest; 0.8 lies .5·.1·(2.197-1.386) = .0405 from it, 0.4 lies .0203 from 1/2.
    assert selection.ids.tolist() == [1, 2, 3]
    np.testing.assert_allclose(
        selection.extra["gain"], [expected[1], 0.05 * (logit[1] - logit[2]), expected[3]], rtol=1e-4
    )


def test_certain_predictions_of_another_class_come_first() -> None:
    probs = np.full((9, 3), 1 / 3, dtype=np.float32)
    probs[[2, 5, 7]] = np.eye(3)
    selection = CDAL().select(ask(3, [0], probs=probs))
    assert sorted(selection.ids.tolist()) == [2, 5, 7]
    assert np.isfinite(selection.extra["gain"]).all()


def test_duplicates_are_picked_once_and_last_in_order_of_their_ids() -> None:
    rng = np.random.default_rng(0)
    probs = np.repeat(rng.dirichlet([1.0] * 4, size=3), 5, axis=0)
    selection = CDAL().select(ask(14, [0], probs=probs))
    assert sorted(selection.ids.tolist()) == list(range(1, 15))
    assert sorted(selection.ids[:2] // 5) == [1, 2]
    assert selection.ids[2:].tolist() == sorted(selection.ids[2:].tolist())
    assert (selection.extra["gain"][2:] == 0).all()


def test_without_labels_it_starts_nearest_to_the_mean() -> None:
    probs = [[0.9, 0.1], [0.1, 0.9], [0.6, 0.4], [0.3, 0.7]]  # mean .475
    selection = CDAL().select(ask(2, probs=probs))
    assert selection.ids.tolist() == [2, 1]
    assert selection.scores.argmax() == 2
    assert (selection.scores < 0).all()


def test_many_centers_and_blocks_give_what_one_by_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    probs, centers = rng.dirichlet([0.2] * 5, size=200), rng.dirichlet([0.2] * 5, size=90)
    centers[10:20] = centers[0]
    found = k_center_kl(probs, centers, 20)
    monkeypatch.setattr("alviz.numeric.blocks.ENTRIES", 64)
    again = k_center_kl(probs, centers, 20)
    assert found.picks.tolist() == again.picks.tolist()
    assert found.start.tobytes() == again.start.tobytes()
    exact = [min(divergence(p, q) for q in centers) for p in probs]
    np.testing.assert_allclose(found.start, exact, rtol=1e-9, atol=1e-15)


def test_labeled_rows_are_left_out() -> None:
    probs = np.random.default_rng(1).dirichlet([0.3] * 3, size=30)
    selection = CDAL().select(ask(26, SCATTERED, probs=probs))
    assert sorted(selection.ids) == sorted(set(range(30)) - set(SCATTERED))
    assert np.isnan(selection.scores[SCATTERED]).all()


def test_contract() -> None:
    check_sampler(CDAL())
