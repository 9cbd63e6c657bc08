"""Which runs are one line: those that differ only in their seed."""

from collections.abc import Callable

import numpy as np
import pytest

from alviz import CycleRunner, Run
from alviz.figures import Curve
from alviz.scenes.seeds import same_but_seed, with_all_labels

Fast = Callable[..., CycleRunner]


def made(fast: Fast, seed: int, until: int = 2, **changes: object) -> CycleRunner:
    runner = fast(f"{seed}-{changes}", seed=seed, **changes)
    runner.run(until=until)
    return runner


def histories(*runners: CycleRunner) -> list[Run]:
    return [runner.history for runner in runners]


def test_seeds_of_one_config_are_one_group_however_far_they_are(fast: Fast) -> None:
    runs = histories(made(fast, 0), made(fast, 1, sampler="random"), made(fast, 2, until=0), made(fast, 3, until=1))
    assert same_but_seed(runs) == [(0, 2, 3), (1,)]
    assert same_but_seed([]) == []


@pytest.mark.parametrize("changes", [{"budget": 6}, {"initial": 13}, {"sampler": "entropy"}, {"subset": 50}])
def test_another_config_is_another_group(fast: Fast, changes: dict[str, object]) -> None:
    assert same_but_seed(histories(made(fast, 0), made(fast, 1, **changes))) == [(0,), (1,)]


def test_what_is_kept_on_disk_changes_nothing(fast: Fast) -> None:
    runs = histories(made(fast, 0), made(fast, 1, keep=("probs",)))
    assert same_but_seed(runs) == [(0, 1)]


def test_the_same_seed_again_is_no_second_seed(fast: Fast, tmp_path: object) -> None:
    first, second, again = made(fast, 0), made(fast, 1), fast("again", seed=0)
    again.run(until=2)
    assert same_but_seed(histories(first, again, second)) == [(0, 2), (1,)]


def test_a_sampler_that_was_switched_is_another_story(fast: Fast) -> None:
    plain, switched, alike = (made(fast, seed) for seed in range(3))
    for runner in (switched, alike):
        runner.sampler = "entropy"
        runner.run(until=3)
    assert same_but_seed(histories(plain, switched, alike)) == [(0,), (1, 2)]


def test_forks_go_with_forks_at_the_same_cycle(fast: Fast) -> None:
    roots = [made(fast, seed) for seed in range(3)]
    early = [root.fork(at=1, sampler="entropy") for root in roots[:2]]
    late = roots[2].fork(at=2, sampler="entropy")
    other = roots[2].fork(at=1, sampler="random")
    for fork in (*early, late, other):
        fork.run(until=2)
    runs = histories(*roots, *early, late, other)
    assert same_but_seed(runs) == [(0, 1, 2), (3, 4), (5,), (6,)]


def test_forks_of_different_parents_are_different(fast: Fast) -> None:
    names = ("margin", "random", "margin")
    forks = [made(fast, seed, sampler=name).fork(at=1, sampler="entropy") for seed, name in enumerate(names)]
    assert same_but_seed(histories(*forks)) == [(0, 2), (1,)]


def test_what_a_parent_did_after_the_fork_does_not_matter(fast: Fast) -> None:
    roots = [made(fast, seed) for seed in range(2)]
    forks = [root.fork(at=1, sampler="entropy") for root in roots]
    roots[0].sampler = "random"
    roots[0].run(until=4)
    assert same_but_seed(histories(*roots, *forks)) == [(0,), (1,), (2, 3)]


def test_the_ceiling_is_the_mean_of_fits_on_all_labels() -> None:
    def curve(labels: list[int], values: list[float], shared: int = 0) -> Curve:
        return Curve("x", np.array(labels), np.float32(values), shared)

    whole = [curve([50, 100], [0.5, 0.9]), curve([50, 100], [0.5, 0.8])]
    part = curve([50, 99], [0.5, 0.99])
    assert with_all_labels([*whole, part], 100) == pytest.approx(0.85)
    assert with_all_labels([part], 100) is None
    assert with_all_labels([curve([], [])], 100) is None
    assert with_all_labels([curve([100], [np.nan])], 100) is None
    # What a fork shares is its parent's, counted there.
    assert with_all_labels([whole[0], curve([50, 100], [0.5, 0.9], shared=2), whole[1]], 100) == pytest.approx(0.85)
