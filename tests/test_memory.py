"""What does not fit in memory is refused before it is read."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

import alviz
from alviz import Classification, Labels, Snapshot
from alviz.errors import InvalidInput
from alviz.memory import check_memory, max_memory, set_max_memory
from alviz.samplers import Query


def test_memory_is_compared_with_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=3_000_000_000))
    check_memory(1_000_000, 3000, "The images", "Pass less.")
    with pytest.raises(InvalidInput) as told:
        check_memory(1_000_001, 3000, "The images", "Pass less.")
    assert str(told.value) == (
        "The images would take 3.0 GB of memory (1,000,001 rows of 3,000 bytes), 3.0 GB are free. Pass less."
    )


def test_two_to_the_31_rows_on_a_small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=500_000_000))
    with pytest.raises(InvalidInput, match=r"6,597\.1 GB of memory \(2,147,483,648 rows .* 500\.0 MB are free"):
        check_memory(2**31, 3072, "The images", "Pass less.")
    with pytest.raises(InvalidInput, match=r"GB of memory"):
        check_memory(2**40, 2**40, "The images", "Pass less.")  # more than 64 bits count


@pytest.fixture
def limited() -> Iterator[Callable[[object], None]]:
    """Set the limit, and end it after the test."""
    yield set_max_memory  # type: ignore[misc]
    set_max_memory(None)


@pytest.mark.parametrize(
    ("told", "size"), [(5_000_000, 5_000_000), ("2 GB", 2 * 10**9), ("1.5gb", 1_500_000_000), ("300 MB", 3 * 10**8)]
)
def test_the_limit_is_told_in_bytes_or_in_words(limited: Any, told: Any, size: int) -> None:
    limited(told)
    assert max_memory() == size
    limited(None)
    assert max_memory() > 10**8


def test_the_environment_sets_it_too(limited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALVIZ_MAX_MEMORY", "700MB")
    assert max_memory() == 7 * 10**8
    limited("1GB")  # said in the process: counts more
    assert max_memory() == 10**9
    limited(None)
    monkeypatch.setenv("ALVIZ_MAX_MEMORY", "much")
    with pytest.raises(InvalidInput, match="ALVIZ_MAX_MEMORY is 'much', expected at least 1 MB"):
        max_memory()


@pytest.mark.parametrize("told", [0, -5, "5", "12 parsecs", "0.1 MB"])
def test_a_limit_that_is_none_is_refused(limited: Any, told: Any) -> None:
    with pytest.raises(InvalidInput, match="expected at least 1 MB, as a number of bytes or a text"):
        limited(told)


def test_what_does_not_fit_into_the_limit_is_refused(limited: Any) -> None:
    limited("10 MB")
    with pytest.raises(InvalidInput, match=r"would take 20\.0 MB of memory .* 10\.0 MB are free"):
        check_memory(20_000, 1000, "The images", "Take fewer.")


@pytest.mark.parametrize(
    "sampler", ["badge", "cdal", "maxherding", "probcover", "typiclust", "uherding", "k_medoids", "coreset"]
)
def test_samplers_stay_within_the_limit_and_pick_the_same(limited: Any, sampler: str) -> None:
    rng = np.random.default_rng(0)
    n, d, classes = 12_000, 32, 5
    features = rng.gamma(1.0, size=(n, d)).astype(np.float32)
    probs = rng.dirichlet(np.ones(classes), n).astype(np.float32)
    labels = Labels(np.arange(0, 500, 5), np.arange(100) % classes)
    task = Classification(tuple(map(str, range(classes))))

    def picks() -> tuple[list[int], int]:
        candidates = np.setdiff1d(np.arange(n), labels.ids)
        query = Query(40, 3, task, labels, candidates, np.random.default_rng(1), Snapshot(features, probs), n)
        tracemalloc.start()
        ids = alviz.samplers.make(sampler).select(query).ids.tolist()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return ids, peak

    free, _ = picks()
    limited("40 MB")
    short, peak = picks()
    assert short == free
    assert peak < 40 * 10**6
