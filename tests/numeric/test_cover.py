import itertools
import threading
from typing import Any

import numpy as np
import pytest

from alviz.errors import Stopped
from alviz.numeric import cover as module
from alviz.numeric import highs
from alviz.numeric.cover import Cover, certified, cover, reduced
from alviz.numeric.highs import covering, relaxed


def problem(seed: int, rows: int = 9, columns: int = 8, slack: int = 0, density: float = 0.3) -> tuple[Cover, Any]:
    """Return a cover problem with equal rows, equal columns and a column that covers nothing, and its matrix."""
    rng = np.random.default_rng(seed)
    A = rng.random((rows, columns)) < density
    A[np.arange(rows), rng.integers(columns, size=rows)] = True
    A[1], A[:, 2], A[:, 3] = A[0], A[:, 1], False
    A[:, 0] |= ~A.any(axis=1)
    return cover(*np.nonzero(A), A.shape, slack), A


def left_out(A: Any, weights: Any, chosen: Any) -> int:
    return int(weights[~A[:, list(chosen)].any(axis=1)].sum())


def fewest(A: Any, weights: Any, slack: int) -> int:
    """All subsets, the smallest first."""
    sizes = range(A.shape[1] + 1)
    return next(
        size
        for size in sizes
        if any(left_out(A, weights, c) <= slack for c in itertools.combinations(range(A.shape[1]), size))
    )


@pytest.mark.parametrize("slack", [0, 1, 2, 4])
def test_reduction_keeps_the_least_number_and_its_covers_are_covers(slack: int) -> None:
    smaller = 0
    for seed in range(40):
        given, A = problem(seed, slack=slack)
        small = reduced(given)
        dense = small.A.toarray().astype(bool)
        smaller += dense.size < A.size
        least = fewest(A, np.ones(len(A)), slack)
        assert fewest(dense, small.weights, slack) == least
        best = next(
            c
            for c in itertools.combinations(range(dense.shape[1]), least)
            if left_out(dense, small.weights, c) <= slack
        )
        assert left_out(A, np.ones(len(A)), small.columns[list(best)]) <= slack
    assert smaller == 40


def test_rules_by_hand() -> None:
    # Column 1 covers what column 0 does and row 4; rows 1 and 2 are alike; row 3 is covered wherever row 0 is, and rows
    # 1 and 2 wherever row 5 is.
    A = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=bool)
    small = reduced(cover(*np.nonzero(A), A.shape, 0))
    assert small.columns.tolist() == [1, 3]
    np.testing.assert_array_equal(small.A.toarray(), np.eye(2))


def test_what_may_be_left_out_is_not_what_must_be_covered() -> None:
    # Row 1 is covered wherever row 0 is, but that may be left out; row 2 may not, with row 0 and row 1 inside.
    A = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 0, 1], [0, 0, 1, 1]], dtype=bool)
    small = module._without_rows(cover(*np.nonzero(A), A.shape, 2), lambda: None)
    assert small.weights.tolist() == [1, 1, 3, 1, 1]
    assert small.must.tolist() == [False, False, True, False, False]
    tighter = module._without_rows(cover(*np.nonzero(A), A.shape, 1), lambda: None)
    assert tighter.weights.tolist() == [1, 2, 1, 1], "with one to spare row 1 must be covered, and row 2 is with it"


def test_much_work_is_left_to_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORK", 0)
    given, A = problem(3)
    small = reduced(given)
    assert fewest(small.A.toarray().astype(bool), small.weights, 0) == fewest(A, np.ones(len(A)), 0)
    assert small.A.shape == (8, 6), "equal rows, equal columns and empty ones are gone all the same"


def test_containment_is_found_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(10):
        given, _ = problem(seed, rows=20, columns=20)
        monkeypatch.setattr(module, "_ENTRIES", 10**7)
        whole = reduced(given)
        monkeypatch.setattr(module, "_ENTRIES", 5)
        blocks = reduced(given)
        assert blocks.columns.tolist() == whole.columns.tolist()
        np.testing.assert_array_equal(blocks.A.toarray(), whole.A.toarray())


@pytest.mark.parametrize("slack", [0, 2])
def test_no_duals_certify_more_than_the_optimum_and_the_solver_s_certify_its_relaxation(slack: int) -> None:
    rng = np.random.default_rng(0)
    for seed in range(20):
        given, A = problem(seed, slack=slack)
        small = reduced(given)
        least = fewest(A, np.ones(len(A)), slack)
        for problem_ in (given, small):
            for _ in range(5):
                assert certified(problem_, rng.normal(size=len(problem_.weights))) <= least + 1e-9
            answer = relaxed(problem_, 10.0, lambda: None)
            assert answer.feasible is True
            assert certified(problem_, answer.duals) == pytest.approx(answer.values.sum(), abs=1e-6)


@pytest.mark.parametrize("slack", [0, 2])
def test_the_solver_finds_covers_where_there_are_any(slack: int) -> None:
    for seed in range(15):
        given, A = problem(seed, slack=slack)
        least = fewest(A, np.ones(len(A)), slack)
        answer = covering(given, least, 1000, 10.0, lambda: None)
        assert answer.feasible is True
        chosen = np.flatnonzero(answer.values > 0.5)
        assert len(chosen) == least
        assert left_out(A, np.ones(len(A)), chosen) <= slack
        if least > 0:
            assert covering(given, least - 1, 1000, 10.0, lambda: None).feasible is False


def test_no_time_is_no_answer() -> None:
    rng = np.random.default_rng(0)
    A = rng.random((200, 200)) < 0.05
    A[np.arange(200), np.arange(200)] = True
    assert covering(cover(*np.nonzero(A), A.shape, 0), 24, 10**6, 0.0, lambda: None).feasible is None


class Solver:
    """Runs until it is interrupted or, if deaf, until `end`."""

    def __init__(self, deaf: bool) -> None:
        self.deaf, self.end, self.interrupted = deaf, threading.Event(), threading.Event()
        self.cbMipInterrupt = self.cbSimplexInterrupt = self.cbIpmInterrupt = self

    def subscribe(self, heed: Any) -> None:
        self.heed = heed

    def interrupt(self) -> None:
        self.interrupted.set()

    def run(self) -> None:
        while not self.end.wait(0.01) and not (self.interrupted.is_set() and not self.deaf):
            self.heed(self)


@pytest.mark.parametrize("deaf", [False, True])
def test_a_stop_is_heard_whatever_the_solver_is_at(deaf: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "_POLL", 0.01)
    monkeypatch.setattr(highs, "_PATIENCE", 0.1)
    solver, asked = Solver(deaf), 0

    def tick() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise Stopped

    with pytest.raises(Stopped):
        highs._run(solver, 1e9, tick)
    assert solver.interrupted.wait(60)
    assert asked == 3
    solver.end.set()


@pytest.mark.parametrize("deaf", [False, True])
def test_a_solver_is_stopped_when_time_is_over_and_left_if_it_does_not_hear(
    deaf: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highs, "_PATIENCE", 0.2)
    solver = Solver(deaf)
    assert highs._run(solver, 0.0, lambda: None) is not deaf
    assert solver.interrupted.is_set()
    solver.end.set()
