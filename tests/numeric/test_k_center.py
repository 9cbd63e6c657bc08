import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from alviz.errors import InvalidInput, Stopped
from alviz.numeric import k_center as module
from alviz.numeric.k_center import KCenter, k_center

Array = NDArray[Any]


def pick(X: Array, labeled: Any, n: int, candidates: Any = None, progress: Any = lambda done, total: None) -> KCenter:
    labeled = np.asarray(labeled, dtype=np.int64)
    candidates = np.setdiff1d(np.arange(len(X)) if candidates is None else candidates, labeled)
    return k_center(X, labeled, candidates, n, progress)


def reference(X: Array, labeled: Array, n: int, candidates: Array) -> KCenter:
    """Algorithm 1 word by word, on all pairs in float64."""
    X = X.astype(np.float64)
    pairs = ((X[:, None] - X[None]) ** 2).sum(axis=2)
    open_, picks, gains = candidates.tolist(), [], []
    near = pairs[:, labeled].min(axis=1, initial=np.inf)
    from_mean = ((X - X[candidates].mean(axis=0)) ** 2).sum(axis=1)
    start = np.sqrt(near[candidates]) if len(labeled) else -np.sqrt(from_mean[candidates])
    for i in range(n):
        wanted = -from_mean if i == 0 and not len(labeled) else near
        best = open_[int(np.argmax(wanted[open_]))]
        gains.append(np.sqrt(abs(wanted[best])))
        picks.append(best)
        open_.remove(best)
        near = np.minimum(near, pairs[best])
    return KCenter(np.array(picks, dtype=np.int64), start, np.array(gains))


def tight(rng: np.random.Generator) -> Array:
    """Clusters ten thousand times smaller than their distances: nothing of them is left in float32 products."""
    return (rng.normal(size=(5, 8))[rng.integers(5, size=90)] + 1e-4 * rng.normal(size=(90, 8))).astype(np.float32)


def tiny_beside_huge(rng: np.random.Generator) -> Array:
    """Distances of 1e-25 beside 1: their squares underflow in float32."""
    X = (1e-25 * rng.normal(size=(90, 3))).astype(np.float32)
    X[:2] = [[1, 0, 0], [-1, 0, 0]]
    X[2:4] = 0
    return X


KINDS: dict[str, Callable[[np.random.Generator], Array]] = {
    "normal": lambda rng: rng.normal(size=(90, 6)).astype(np.float32),
    "float64": lambda rng: rng.normal(size=(90, 6)),
    "float16": lambda rng: rng.normal(size=(90, 6)).astype(np.float16),
    "relu": lambda rng: np.maximum(rng.normal(size=(90, 40)), 0.5).astype(np.float32),
    "wide": lambda rng: rng.normal(size=(70, 3000)).astype(np.float32),
    "grid": lambda rng: rng.integers(-2, 3, size=(90, 3)).astype(np.float32),
    "counts": lambda rng: rng.integers(0, 4, size=(90, 5)),
    "corners": lambda rng: rng.integers(0, 2, size=(90, 8)).astype(np.float32),
    "one hot": lambda rng: rng.permutation(np.eye(90, dtype=np.float32)),
    "duplicates": lambda rng: rng.normal(size=(9, 4)).astype(np.float32)[rng.integers(9, size=90)],
    "identical": lambda rng: np.full((90, 4), rng.normal(), dtype=np.float32),
    "line": lambda rng: rng.normal(size=(90, 1)).astype(np.float32),
    "ruler": lambda rng: rng.permutation(90)[:, None].astype(np.float32),
    "offset": lambda rng: (65536 + rng.normal(size=(90, 4))).astype(np.float32),
    "offset in float64": lambda rng: 1e9 + rng.integers(0, 9, size=(90, 3)) / 4,
    "outlier": lambda rng: np.vstack([np.full((1, 5), 1e6), rng.normal(size=(89, 5))]).astype(np.float32),
    "tight": tight,
    "tiny beside huge": tiny_beside_huge,
    "large units": lambda rng: (1e25 * rng.normal(size=(90, 4))).astype(np.float32),
    "small units": lambda rng: (1e-25 * rng.normal(size=(90, 4))).astype(np.float32),
    "no columns": lambda rng: np.zeros((90, 0), dtype=np.float32),
}


@pytest.mark.parametrize("kind", KINDS)
def test_equals_brute_force(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        monkeypatch.setattr(module, "_BLOCK", [1, 2, 7, 30, 1024][seed % 5])
        monkeypatch.setattr(module, "_ENTRIES", [1, 1 << 21][seed % 2])
        X = KINDS[kind](rng)
        labeled = np.sort(rng.permutation(len(X))[: [0, 1, 6, 20][seed % 4]])
        candidates = np.setdiff1d(np.arange(len(X)), labeled)
        if seed % 3 == 0:
            candidates = np.sort(rng.permutation(candidates)[:45])
        n = [0, 5, 30, len(candidates)][rng.integers(4)]
        expected, found = reference(X, labeled, n, candidates), k_center(X, labeled, candidates, n, lambda *_: None)
        np.testing.assert_array_equal(found.picks, expected.picks, err_msg=f"seed {seed}")
        np.testing.assert_allclose(found.start, expected.start, rtol=1e-12)
        np.testing.assert_allclose(found.gains, expected.gains, rtol=1e-12)
        assert found.picks.dtype == np.int64


@pytest.mark.parametrize("block", [3, 1024])
def test_permuting_the_pool_permutes_the_picks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = np.maximum(rng.normal(size=(300, 12)), -0.2).astype(np.float32)
        order = rng.permutation(300)
        place = np.argsort(order)  # row i of X is row place[i] of X[order]
        labeled = np.arange(10 * (seed % 2))
        np.testing.assert_array_equal(
            pick(X[order], np.sort(place[labeled]), 60).picks, place[pick(X, labeled, 60).picks]
        )


def test_float32_products_never_exceed_the_distance() -> None:
    for seed in range(20):
        for make in KINDS.values():
            X = make(np.random.default_rng(seed))
            pool = module._Pool(X, np.arange(60), np.arange(60, len(X)), lambda: None)
            rows, centers = pool.read(np.arange(60)), np.empty((len(X) - 60, X.shape[1] + 1), dtype=np.float32)
            pool.lift(np.arange(60, len(X)), centers)
            floor = (rows.lifted @ centers.T).astype(np.float64) + rows.norms[:, None]
            scaled = X.astype(np.float64) * pool.scale
            exact = ((scaled[:60, None] - scaled[None, 60:]) ** 2).sum(axis=2)
            assert (floor <= exact).all()
            largest = ((scaled - pool.mean) ** 2).sum(axis=1).max()
            assert (floor >= exact - 5 * pool.relative * largest - 1e-30).all(), "and do not lie far below"


def clusters(n: int, d: int, rng: np.random.Generator) -> Array:
    return np.maximum(rng.normal(size=(50, d))[rng.integers(50, size=n)] + 0.5 * rng.normal(size=(n, d)), 0).astype(
        "f4"
    )


class Work:
    """Counts the products and the float64 sums that the search makes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.products = self.sums = 0
        lower, settle = module._Nearest.lower, module._Nearest._settle

        def counted_lower(nearest: Any, rows: Any, first: int) -> None:
            self.products += len(rows.at) * (nearest.count - first)
            lower(nearest, rows, first)

        def counted_settle(nearest: Any, rows: Any, i: Any, j: Any) -> None:
            self.sums += len(i)
            settle(nearest, rows, i, j)

        monkeypatch.setattr(module._Nearest, "lower", counted_lower)
        monkeypatch.setattr(module._Nearest, "_settle", counted_settle)


@pytest.mark.parametrize(
    ("make", "share"),
    [
        (lambda rng: clusters(20_000, 48, rng), 0.22),
        (lambda rng: rng.normal(size=(20_000, 8)).astype("f4"), 0.13),
        (lambda rng: rng.normal(size=(20_000, 2)).astype("f4"), 0.5),
        (lambda rng: rng.integers(0, 2, size=(20_000, 30)).astype("f4"), 0.35),
        (lambda rng: np.zeros((20_000, 5)), 0.06),
    ],
    ids=["relu clusters", "eight dimensions", "a plane", "corners", "identical"],
)
def test_most_distances_are_never_computed(
    make: Callable[[np.random.Generator], Array], share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, n, m, b = Work(monkeypatch), 20_000, 50, 300
    pick(make(np.random.default_rng(0)), np.arange(m), b)
    whole = (n - m) * m
    assert work.products - whole <= share * n * b
    assert work.sums <= 5 * n, "float64 is for the nearest and for close calls"


@pytest.mark.parametrize("kind", KINDS)
def test_every_block_gives_a_pick_and_is_found_in_two_rounds(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 3)
    calls = {"front": 0, "leading": 0}
    front, leading = module._Nearest.front, module._leading

    def counted_front(nearest: Any) -> Any:
        calls["front"] += 1
        block, rival = front(nearest)
        assert nearest.before(nearest.farthest(block.at), rival)
        return block, rival

    def counted_leading(near: Any, size: int) -> Any:
        calls["leading"] += 1
        return leading(near, size)

    monkeypatch.setattr(module._Nearest, "front", counted_front)
    monkeypatch.setattr(module, "_leading", counted_leading)
    for seed in range(20):
        calls.update(front=0, leading=0)
        pick(KINDS[kind](np.random.default_rng(seed)), [0, 1], 40)
        assert calls["leading"] <= 2 * calls["front"]


def test_what_lies_on_a_center_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 64)
    work = Work(monkeypatch)
    pick(np.ones((5_000, 3), dtype=np.float32), [0], 300)
    assert work.products == 4_999 + 300 * 64, "one look at all, and each pick at its block"


def test_a_hopeless_block_costs_no_more_than_plain_greedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 1)
    work = Work(monkeypatch)
    pick(clusters(2_000, 10, np.random.default_rng(0)), np.arange(10), 300)
    assert work.products <= 1_990 * (10 + 300)


def test_the_smallest_numbers_that_there_are() -> None:
    found = pick(5e-324 * np.arange(6)[:, None], [0], 5)
    assert found.picks.tolist() == [5, 2, 1, 3, 4]
    np.testing.assert_array_equal(found.gains, 5e-324 * np.array([5, 2, 1, 1, 1]))


def test_a_memory_map_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ENTRIES", 1 << 16)
    n, d = 40_000, 512
    X = np.lib.format.open_memmap(tmp_path / "X.npy", mode="w+", dtype=np.float32, shape=(n, d))
    rng = np.random.default_rng(0)
    for start in range(0, n, 1000):
        X[start : start + 1000] = rng.random((1000, d), dtype=np.float32)
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    tracemalloc.start()
    pick(X, np.arange(50), 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 6, "two numbers per candidate, the block that is kept, and blocks of rows"


def test_progress_never_falls_and_ends_at_the_last_pick() -> None:
    said: list[tuple[int, int]] = []
    pick(clusters(500, 6, np.random.default_rng(0)), [0], 20, progress=lambda *p: said.append(p))
    assert sorted(said) == said
    assert sorted(set(said)) == [(done, 20) for done in range(20)]


@pytest.mark.parametrize("labeled", [0, 40])
def test_stop_is_heard_before_every_block_and_pick(labeled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ENTRIES", 1 << 12)
    X = clusters(2_000, 64, np.random.default_rng(0))
    calls = 0

    def stop(at: int) -> Callable[[int, int], None]:
        def report(done: int, total: int) -> None:
            nonlocal calls
            calls += 1
            if calls > at:
                raise Stopped

        return report

    pick(X, np.arange(labeled), 5, progress=stop(10**9))
    asked = calls
    assert asked > 2 * 2_000 * 65 / (1 << 12), "one pass for the mean, one for the distances"
    for at in range(0, asked, 7):
        calls = 0
        with pytest.raises(Stopped):
            pick(X, np.arange(labeled), 5, progress=stop(at))
        assert calls == at + 1


def test_rows_that_are_not_finite_are_refused_by_name_where_they_are_read() -> None:
    for value in (np.nan, np.inf, -np.inf):
        X = np.arange(20.0).reshape(10, 2)
        X[7, 1] = value
        with pytest.raises(InvalidInput, match=r"Row 7 of the features is .* without NaN or inf"):
            pick(X, [0], 3)
        with pytest.raises(InvalidInput, match="Row 7"):
            pick(X, [7], 3, candidates=[1, 2, 3])
        assert pick(X, [0], 3, candidates=[1, 2, 3, 9]).picks.tolist() == [9, 3, 1]
