import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from alviz.errors import InvalidInput, Stopped
from alviz.numeric import cover_search
from alviz.numeric import robust_k_center as module
from alviz.numeric.centers import Centers
from alviz.numeric.highs import Answer
from alviz.numeric.k_center import k_center
from alviz.numeric.near_pairs import NearPairs
from alviz.numeric.robust_k_center import RobustKCenter, robust_k_center

Array = NDArray[Any]
LONG = 300.0


def solve(X: Array, fixed: Any, n: int, outliers: int = 0, *, candidates: Any = None, **more: Any) -> RobustKCenter:
    fixed = np.asarray(fixed, dtype=np.int64)
    candidates = np.setdiff1d(np.arange(len(X)) if candidates is None else candidates, fixed)
    return robust_k_center(X, fixed, candidates, n, outliers, **{"time_limit": LONG, **more})


def pairs(X: Array) -> Array:
    return np.sqrt(((X[:, None].astype(np.float64) - X[None]) ** 2).sum(axis=2))


def radius(X: Array, centers: Any, candidates: Any, outliers: int) -> float:
    near = np.sort(pairs(X)[candidates][:, np.asarray(centers, dtype=np.int64)].min(axis=1))
    return float(near[len(near) - 1 - outliers]) if outliers < len(near) else 0.0


def optimum(X: Array, fixed: Any, n: int, outliers: int, candidates: Any = None) -> float:
    """Every subset."""
    candidates = np.setdiff1d(np.arange(len(X)) if candidates is None else candidates, fixed)
    D = pairs(X)[candidates]
    chosen = np.array(list(itertools.combinations(candidates, n)))
    near = D[:, chosen].min(axis=2).T
    if len(fixed):
        near = np.minimum(near, D[:, fixed].min(axis=1))
    near.sort(axis=1)
    return float(near[:, -1 - outliers].min()) if outliers < len(candidates) else 0.0


KINDS: dict[str, Callable[[np.random.Generator], Array]] = {
    "normal": lambda rng: rng.normal(size=(13, 3)).astype(np.float32),
    "a line": lambda rng: rng.normal(size=(14, 1)),
    "a grid, many ties": lambda rng: rng.integers(0, 4, size=(14, 2)).astype(np.float32),
    "duplicates": lambda rng: np.repeat(rng.normal(size=(5, 2)), [4, 3, 3, 2, 1], axis=0).astype(np.float32),
    "far from zero": lambda rng: (1e4 + rng.normal(size=(12, 4))).astype(np.float32),
    "bytes": lambda rng: rng.integers(0, 256, size=(12, 5), dtype=np.uint8),
    "large": lambda rng: (1e30 * rng.normal(size=(12, 2))).astype(np.float32),
}


@pytest.mark.parametrize("outliers", [0, 1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_the_optimum_of_all_subsets(kind: str, outliers: int) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X = KINDS[kind](rng)
        fixed = np.sort(rng.permutation(len(X))[: seed % 3])
        n = 2 + seed % 2
        found = solve(X, fixed, n, outliers)
        best = optimum(X, fixed, n, outliers)
        np.testing.assert_allclose([found.upper, found.lower], best, rtol=1e-12)
        assert found.gap == 0
        candidates = np.setdiff1d(np.arange(len(X)), fixed)
        assert len(set(found.picks.tolist())) == n
        assert set(found.picks.tolist()) <= set(candidates.tolist())
        centers = np.concatenate([fixed, found.picks])
        np.testing.assert_allclose(radius(X, centers, candidates, outliers), best, rtol=1e-12)
        assert len(found.outliers) <= outliers
        inside = np.setdiff1d(candidates, found.outliers)
        np.testing.assert_allclose(radius(X, centers, inside, 0), best, rtol=1e-12)


def test_whole_covers_prove_what_relaxations_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover_search.CoverSearch, "_relax", lambda self, rounding: None)
    for seed in range(12):
        X = np.random.default_rng(seed).normal(size=(14, 3))
        found = solve(X, [5], 3, seed % 2)
        np.testing.assert_allclose([found.upper, found.lower], optimum(X, [5], 3, seed % 2), rtol=1e-12)


@pytest.mark.parametrize("outliers", [0, 1])
def test_a_part_of_the_rows_finds_the_same_optimum(outliers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 1)
    monkeypatch.setattr(cover_search, "_MORE", 1)
    parts = []
    add = NearPairs.add

    def counted(self: NearPairs, at: Any, *more: Any) -> int:
        parts.append(len(at))
        return add(self, at, *more)

    monkeypatch.setattr(NearPairs, "add", counted)
    for seed in range(15):
        X = np.random.default_rng(seed).normal(size=(40, 2))
        found = solve(X, [3, 20], 3, outliers)
        np.testing.assert_allclose([found.upper, found.lower], optimum(X, [3, 20], 3, outliers), rtol=1e-12)
    assert max(parts) < 38
    assert len(parts) > 15, "rows came to the first ones"


@pytest.mark.parametrize("outliers", [0, 2])
@pytest.mark.parametrize("most", [0, 60, 200])
def test_bounds_hold_where_not_all_rows_fit(most: int, outliers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover_search, "_PAIRS", most)
    for seed in range(6):
        X = np.random.default_rng(seed).normal(size=(30, 2))
        found = solve(X, [0], 3, outliers)
        best = optimum(X, [0], 3, outliers)
        assert found.lower <= best * (1 + 1e-12)
        assert found.upper >= best * (1 - 1e-12)


@pytest.mark.parametrize("outliers", [0, 1, 3])
def test_the_bounds_of_the_greedy_selection_hold(outliers: int) -> None:
    half_was_wrong = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X = np.concatenate([rng.normal(size=(9, 2)), 20 * rng.normal(size=(3, 2))])
        fixed = np.arange(seed % 2)
        found, best = solve(X, fixed, 2, outliers, time_limit=0), optimum(X, fixed, 2, outliers)
        assert found.lower <= best * (1 + 1e-12)
        assert found.upper >= best * (1 - 1e-12)
        candidates = np.setdiff1d(np.arange(len(X)), fixed)
        greedy = k_center(X, fixed, candidates, 2 + outliers + 1, lambda done, total: None)
        assert found.picks.tolist() == greedy.picks[:2].tolist()
        assert found.gains.tolist() == greedy.gains[:2].tolist()
        assert found.lower == min(greedy.gains[-1] / 2, found.upper)
        half_was_wrong += greedy.gains[2] / 2 > best * (1 + 1e-12)
    assert (half_was_wrong > 0) == (outliers > 0), "half of the greedy radius is no bound where outliers are allowed"


def test_outliers_pull_k_center_and_not_the_robust_one() -> None:
    X = np.array([0, 1, 2, 10, 11, 12, 100.0])[:, None]
    pulled = solve(X, [], 2)
    assert 6 in pulled.picks
    assert (pulled.upper, pulled.lower) == (10, 10)
    robust = solve(X, [], 2, 1)
    assert sorted(robust.picks.tolist()) == [1, 4]
    assert (robust.upper, robust.lower, robust.outliers.tolist()) == (1, 1, [6])


def test_better_than_greedy_on_a_line() -> None:
    # Greedy goes to the ends, 0 and 8 beside the fixed one in the middle; between them lies more.
    X = np.array([4, 0, 1, 2, 6, 7, 8.0])[:, None]
    greedy = solve(X, [0], 2, time_limit=0)
    assert (sorted(greedy.picks.tolist()), greedy.upper, greedy.improved) == ([1, 6], 2, False)
    best = solve(X, [0], 2)
    assert (sorted(best.picks.tolist()), best.upper, best.lower, best.improved) == ([2, 5], 1, 1, True)
    np.testing.assert_array_equal(best.gains, [3, 3])


def blobs(seed: int, n: int = 150) -> Array:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(12, 4))[rng.integers(12, size=n)] + 0.3 * rng.normal(size=(n, 4))


@pytest.mark.parametrize("outliers", [0, 4])
def test_bounds_close_in_and_never_part(outliers: int) -> None:
    for seed in range(4):
        X = blobs(seed)
        found = solve(X, np.arange(0, 150, 30), 10, outliers, gap=0.05)
        seconds, upper, lower = found.trace.T
        assert seconds[0] == 0
        assert (np.diff(seconds) >= 0).all()
        assert (np.diff(upper) <= 0).all()
        assert (np.diff(lower) >= 0).all()
        assert ((np.diff(upper) < 0) | (np.diff(lower) > 0)).all()
        assert (lower <= upper).all()
        greedy = solve(X, np.arange(0, 150, 30), 10, outliers, time_limit=0)
        np.testing.assert_array_equal(found.trace[0], greedy.trace[0])
        assert found.gap <= 0.05
        assert found.gap == 1 - lower[-1] / upper[-1]
        exact = solve(X, np.arange(0, 150, 30), 10, outliers)
        assert found.lower <= exact.upper == exact.lower <= found.upper


def test_the_same_picks_again_and_in_another_order_of_the_pool() -> None:
    for seed in range(4):
        X = blobs(seed, 80)
        fixed = np.array([7, 33, 64])
        order = np.random.default_rng(seed).permutation(80)
        place = np.argsort(order)
        found = solve(X, fixed, 6, 1)
        assert found.improved
        assert solve(X, fixed, 6, 1).picks.tolist() == found.picks.tolist()
        moved = solve(X[order], np.sort(place[fixed]), 6, 1)
        assert order[moved.picks].tolist() == found.picks.tolist()
        assert sorted(order[moved.outliers].tolist()) == found.outliers.tolist()


def test_only_candidates_are_picked_and_only_they_are_to_be_near() -> None:
    X = np.concatenate([np.random.default_rng(0).normal(size=(20, 2)), [[1e6, 0], [np.nan, 0]]])
    candidates = np.arange(1, 20, 2)
    found = solve(X, [0, 4], 2, candidates=candidates)
    assert set(found.picks.tolist()) <= set(candidates.tolist())
    assert found.upper == pytest.approx(optimum(X[:20], [0, 4], 2, 0, candidates), rel=1e-12)


@pytest.mark.parametrize(("n", "outliers"), [(6, 0), (4, 2), (1, 5), (2, 6), (6, 6)])
def test_nothing_is_far_where_picks_and_outliers_are_all(n: int, outliers: int) -> None:
    X = np.arange(8.0)[:, None]
    found = solve(X, [0, 7], n, outliers)
    assert (found.upper, found.lower, found.gap, len(found.picks)) == (0, 0, 0, n)
    assert len(found.trace) == 1
    assert len(found.outliers) <= outliers


def test_all_alike() -> None:
    found = solve(np.ones((20, 3), dtype=np.float32), [4], 5)
    assert (found.upper, found.lower, len(set(found.picks.tolist()))) == (0, 0, 5)


def test_the_greedy_selection_stands_where_the_solver_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []

    def nothing(problem: Any, *limit: Any) -> Answer:
        limits.append(limit)
        return Answer(None, np.zeros(len(problem.columns)), np.zeros(len(problem.weights)))

    monkeypatch.setattr(cover_search, "relaxed", nothing)
    monkeypatch.setattr(cover_search, "covering", nothing)
    monkeypatch.setattr(Centers, "bettered", lambda self, selection, go_on: (selection, self.radius(selection)))
    X = blobs(0)
    found, greedy = solve(X, [0], 10, time_limit=0.5), solve(X, [0], 10, time_limit=0)
    assert not found.improved
    assert found.picks.tolist() == greedy.picks.tolist()
    np.testing.assert_array_equal(found.trace, greedy.trace)
    nodes = [limit[1] for limit in limits[1:]]
    assert nodes[0] < nodes[-1], "longer once all distances were given up"


def test_moving_centers_within_their_clusters_is_never_worse() -> None:
    better = 0
    for seed in range(10):
        X = blobs(seed)
        fixed, ids = np.array([0, 1]), np.arange(2, 150)
        near = pairs(X)[2:, :2].min(axis=1)
        centers = Centers(X, fixed, ids, near, 3, lambda: None)
        first = np.random.default_rng(seed).permutation(148)[:9]
        assert centers.radius(first) == pytest.approx(radius(X, np.concatenate([fixed, ids[first]]), ids, 3), rel=1e-12)
        moved, reach = centers.bettered(first, lambda: True)
        assert len(set(moved.tolist())) == 9
        assert reach == centers.radius(moved) <= centers.radius(first)
        better += reach < centers.radius(first)
        assert centers.bettered(first, lambda: False)[0].tolist() == first.tolist()
    assert better >= 7


@pytest.mark.parametrize("entries", [1 << 21, 64])
def test_pairs_within_reach(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alviz.numeric.blocks.ENTRIES", entries)
    for make in (lambda rng: rng.integers(0, 5, size=(60, 3)), lambda rng: 1e5 + 1e-3 * rng.normal(size=(60, 8))):
        X = make(np.random.default_rng(0)).astype(np.float64)
        ids = np.arange(5, 55)
        D = pairs(X[ids])
        reach = float(np.sort(D.ravel())[400])
        found = NearPairs(X, ids, lambda: None)
        assert found.add(np.array([7, 3]), reach, 10**6) == 2
        before = len(found.distances)
        assert found.add(np.arange(8, 50), reach, before) == 0, "more than wanted"
        assert found.add(np.arange(8, 50), reach, 10**6, lambda: False) == 0
        assert len(found.distances) == before
        assert found.add(np.array([49]), reach, 10**6) == 1
        expected = {(i, j): D[m, j] for i, m in enumerate([7, 3, 49]) for j in range(50) if D[m, j] <= reach}
        got = dict(zip(zip(found.rows.tolist(), found.columns.tolist(), strict=True), found.distances, strict=True))
        assert got == expected
        found.shorten(reach / 2)
        assert set(zip(found.rows.tolist(), found.columns.tolist(), strict=True)) == {
            key for key, distance in expected.items() if distance <= reach / 2
        }


def test_rows_come_until_the_pairs_are_as_many_as_wanted() -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    found = NearPairs(X, np.arange(40), lambda: None)
    assert found.add(np.arange(40), np.inf, 130) == 3
    assert (found.members.tolist(), len(found.distances)) == ([0, 1, 2], 120)


def test_progress_is_a_share_and_what_it_raises_stops() -> None:
    said: list[tuple[int, int]] = []
    solve(blobs(0), [0], 8, progress=lambda *p: said.append(p))
    assert all(0 <= done <= total for done, total in said)
    shares = [done / total for done, total in said]
    assert shares == sorted(shares)
    for at in range(0, len(said), 40):
        calls = 0

        def stop(done: int, total: int, at: int = at) -> None:
            nonlocal calls
            calls += 1
            if calls > at:
                raise Stopped

        with pytest.raises(Stopped):
            solve(blobs(0), [0], 8, progress=stop)
        assert calls == at + 1


def test_rows_that_are_not_finite_are_refused() -> None:
    X = np.arange(20.0).reshape(10, 2)
    X[7, 1] = np.inf
    with pytest.raises(InvalidInput, match="Row 7"):
        solve(X, [0], 3)
