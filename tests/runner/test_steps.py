"""query, label, step and run: what they do, how often they may be called, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.errors import InvalidInput
from alviz.samplers import Coreset, Sampler, UncertainGCN


def test_a_step_is_a_fit_a_pick_and_its_labels(fast: Any, few: Pool) -> None:
    runner = fast(sampler="entropy")
    record = runner.step()
    run = runner.history
    probs = run.snapshot(0).probs.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(probs > 0, probs * np.log(probs), 0).sum(axis=1)
    entropy[run.labeled(0).ids] = -np.inf
    assert set(run.selection(0).ids.tolist()) == set(np.argsort(-entropy)[:5].tolist())
    np.testing.assert_array_equal(run.answers(0).values, few.y[run.selection(0).ids])
    head = run.snapshot(0).head
    test = few.X_test.reshape(80, -1) / 255 @ head.weight.T + head.bias
    assert record.metrics["accuracy"] == np.mean(test.argmax(axis=1) == few.y_test)
    assert (record.cycle, record.labeled, record.asked, record.answered) == (0, 12, 5, 5)
    assert record.sampler == {"name": "entropy", "params": {}}


def test_asked_twice_the_same_selection_also_by_a_new_process_of_mind(fast: Any, few: Pool, tmp_path: Path) -> None:
    runner = fast(sampler="random")
    first = runner.query()
    before = runs.contents(tmp_path / "run")
    again = runner.query()
    resumed = CycleRunner.resume(tmp_path / "run", few)
    third = resumed.query()
    for other in (again, third, resumed.query(5)):
        np.testing.assert_array_equal(first.ids, other.ids)
        np.testing.assert_array_equal(first.scores, other.scores)
    assert runs.contents(tmp_path / "run") == before
    with pytest.raises(InvalidInput, match=r"has picked 5 ids already, 6 are asked now.*fork\(at=0\)"):
        resumed.query(6)
    resumed.label(third.ids)
    assert not np.isin(resumed.query().ids, first.ids).any()


def test_another_number_may_be_asked(fast: Any) -> None:
    runner = fast()
    assert len(runner.query(3)) == 3
    runner.step()
    assert runner.history.record(0).asked == 3
    assert len(runner.history.labeled(1)) == 15


def test_a_run_of_k_cycles_ends_with_a_fit_of_all_its_labels(fast: Any) -> None:
    runner = fast()
    run = runner.run(cycles=3)
    assert (run.fitted, run.picked, run.closed) == (4, 3, 3)
    assert run.frame()["labels"].tolist() == [12, 17, 22, 27]
    runner.run(cycles=2)
    assert run.frame()["labels"].tolist() == [12, 17, 22, 27, 32, 37]
    runner.run(cycles=0)
    assert run.fitted == 6


def test_until_is_idempotent_whatever_was_there_before(fast: Any, tmp_path: Path) -> None:
    whole = fast("whole")
    whole.run(until=3)
    expected = runs.story(whole.history)
    runner = fast("run")
    runner.run(until=0)
    assert (runner.history.fitted, runner.history.closed) == (1, 0)
    runner.query()
    runner.run(until=1)
    runner.query()
    runner.run(until=3)
    assert runs.story(runner.history) == expected
    before = runs.contents(tmp_path / "run")
    for until in (0, 1, 3):
        runner.run(until=until)
    assert runs.contents(tmp_path / "run") == before


@pytest.mark.parametrize("how", [{}, {"cycles": 1, "until": 1}, {"cycles": -1}, {"until": -1}, {"until": 1.5}])
def test_a_length_that_means_nothing_is_refused(fast: Any, how: Any) -> None:
    runner = fast()
    with pytest.raises(InvalidInput):
        runner.run(**how)
    assert runner.history.fitted == 0


def test_the_last_cycle_takes_what_is_left_and_then_nothing(fast: Any, tmp_path: Path) -> None:
    runner = fast(budget=70)
    run = runner.run(cycles=9)
    assert run.frame()["labels"].tolist() == [12, 82, 152, 160]
    assert run.record(2).asked == 8
    np.testing.assert_array_equal(np.sort(run.labeled(3).ids), np.arange(160))
    before = runs.contents(tmp_path / "run")
    for ask in (runner.query, runner.step, lambda: runner.ask(3, "random")):
        with pytest.raises(InvalidInput, match="nothing is left to pick"):
            ask()
    runner.run(cycles=1)
    assert runs.contents(tmp_path / "run") == before
    assert runner.ask(2, "random", n=50).ids.size == 8


def test_the_sampler_may_change_at_any_time_and_counts_at_the_next_pick(fast: Any, few: Pool, tmp_path: Path) -> None:
    runner = fast()
    runner.step()
    runner.query()
    runner.sampler = "coreset"
    runner.step()
    runner.step()
    runner.sampler = alviz.samplers.get("random")()
    runner.step()
    assert runner.history.frame()["sampler"].tolist() == ["margin", "margin", "coreset", "random"]
    np.testing.assert_array_equal(runner.history.selection(2).ids, alviz.ask(runner.history, 2, Coreset()).ids)
    assert CycleRunner.resume(tmp_path / "run", few).sampler.name == "random"
    assert fast("run").sampler.name == "margin"


def test_other_ids_than_asked_may_be_labeled_and_both_are_recorded(fast: Any, few: Pool) -> None:
    runner = fast()
    picked = runner.query()
    others = np.setdiff1d(np.arange(160), np.concatenate([picked.ids, runner.history.labeled(0).ids]))[:3]
    ids = np.concatenate([picked.ids[:1], others])
    record = runner.label(ids, [7, 7, 7, 7])
    run = runner.history
    assert (record.asked, record.answered, record.oracle) == (5, 4, "given")
    np.testing.assert_array_equal(run.selection(0).ids, picked.ids)
    np.testing.assert_array_equal(run.labeled(1).ids[12:], ids)
    np.testing.assert_array_equal(run.labeled(1).values[12:], [7, 7, 7, 7])
    # What was asked and not answered may be picked again; what was answered may not.
    candidates = np.flatnonzero(~np.isnan(runner.query().scores))
    assert set(picked.ids[1:].tolist()) <= set(candidates.tolist())
    assert not np.isin(ids, candidates).any()


@pytest.mark.parametrize(
    ("ids", "labels", "told"),
    [
        ([0, 1, 1], None, r"more than once, the first is 1"),
        ([0, 160], None, r"outside the pool, the first is 160"),
        ([-1], None, r"outside the pool, the first is -1"),
        ([], None, r"at least one answer"),
        ([0.5], None, r"whole numbers"),
        ([[0]], None, r"whole numbers"),
        ([True], None, r"whole numbers"),
        ([0, 1], [3], r"shape \(1,\), expected \(2,\)"),
        ([0, 1], [3, 10], r"outside the 10 classes, the first in row 1: 10"),
        ([0, 1], [3, -1], r"-1 or NaN"),
        ([0, 1], [3, np.nan], r"-1 or NaN"),
        ([0, 1], [3, np.inf], r"labels\[1\] is inf"),
        ([0, 1], [3, 1.5], r"labels\[1\] is 1.5"),
        ([0, 1], ["3", "4"], r"dtype"),
    ],
)
def test_labels_that_cannot_be_are_refused_and_nothing_is_written(
    fast: Any, tmp_path: Path, ids: Any, labels: Any, told: str
) -> None:
    runner = fast(initial=list(range(20, 60)))
    picked = runner.query()
    before = runs.contents(tmp_path / "run")
    with pytest.raises(InvalidInput, match=told):
        runner.label(ids, labels)
    assert runs.contents(tmp_path / "run") == before
    runner.label(picked.ids)
    assert runner.history.closed == 1


def test_an_id_is_labeled_once(fast: Any) -> None:
    runner = fast()
    initial = runner.history.labeled(0).ids
    runner.query()
    with pytest.raises(InvalidInput, match=f"1 of the ids are labeled already, the first is {initial[2]}"):
        runner.label([initial[2]], [0])


def test_labels_come_after_a_pick(fast: Any) -> None:
    runner = fast()
    with pytest.raises(InvalidInput, match=r"call query\(\) first"):
        runner.label([0], [0])
    runner.step()
    with pytest.raises(InvalidInput, match="Nothing was picked in cycle 1"):
        runner.label([0], [0])


@pytest.mark.parametrize("n", [0, -1, 2.5, True])
def test_a_number_of_picks_below_one_is_refused_before_any_training(fast: Any, n: Any) -> None:
    runner = fast()
    with pytest.raises(InvalidInput, match="n is"):
        runner.query(n)
    assert runner.history.fitted == 0


def test_the_candidates_of_a_subset_are_the_same_for_every_sampler(fast: Any, few: Pool) -> None:
    runner = fast(subset=40)
    runner.step()
    runner.run(until=2)
    drawn = []
    for cycle in range(3):
        seen = set()
        for name in ("random", "margin", "coreset", "entropy"):
            selection = runner.ask(cycle, name)
            candidates = np.flatnonzero(~np.isnan(selection.scores))
            assert len(candidates) == 40
            assert not np.isin(candidates, runner.history.labeled(cycle).ids).any()
            seen.add(tuple(candidates.tolist()))
        assert len(seen) == 1
        drawn.append(seen.pop())
    assert len(set(drawn)) == 3


def test_a_selection_that_was_asked_for_is_not_computed_again(fast: Any) -> None:
    calls: list[int] = []

    class Watched(type(alviz.samplers.make("random"))):  # type: ignore[misc]
        def select(self, query: Any) -> Any:
            calls.append(query.cycle)
            return super().select(query)

    runner = fast()
    runner.run(until=1)
    asked = runner.ask(1, Watched())
    runner.sampler = Watched()
    runner.step()
    assert calls == [1]
    np.testing.assert_array_equal(runner.history.selection(1).ids, asked.ids)
    # What it cost when it was computed stands in the record.
    assert runner.history.record(1).phases["select"].seconds > 0


def test_a_preview_beside_a_running_step_shows_what_asking_shows_and_disturbs_nothing(fast: Any) -> None:
    expected = runs.story(fast("whole").run(until=2))
    runner = fast("run")
    runner.run(until=1)
    previews: list[Any] = []

    def look(progress: Any) -> None:
        if progress.phase == "train" and not previews:
            previews.append(runner.preview(1, "random"))

    runner.on_progress = look
    runner.run(until=2)
    assert runs.story(runner.history) == expected
    np.testing.assert_array_equal(previews[0].ids, runner.ask(1, "random").ids)


def test_no_global_random_state_is_touched(fast: Any) -> None:
    import random

    import torch

    before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002  what must stay
    python_before = random.getstate()
    fast("one", sampler=alviz.samplers.UncertainGCN(steps=2), initial="balanced").run(cycles=1)
    fast("two", learner=alviz.learners.Supervised(model="mlp", epochs=1), sampler="random").run(cycles=1)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert random.getstate() == python_before


def test_what_is_global_changes_nothing(fast: Any) -> None:
    import torch

    stories = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)
        runner = fast(
            f"run {seed}",
            learner=alviz.learners.Supervised(model="mlp", epochs=2),
            sampler=alviz.samplers.CoreGCN(steps=3),
        )
        stories.append(runs.story(runner.run(cycles=2)))
    assert stories[0] == stories[1]


def test_another_seed_is_another_run(fast: Any) -> None:
    one, two = fast("one", sampler="random").query(), fast("two", sampler="random", seed=4).query()
    assert not np.array_equal(one.ids, two.ids)


# -- a start without a label ----------------------------------------------------------------------


def test_without_a_label_the_first_cycle_picks_at_random_and_says_so(fast: Any, few: Pool, tmp_path: Path) -> None:
    runner = fast(initial=0, budget=20)
    record = runner.step()
    assert record.sampler == {"name": "random", "params": {}}
    assert record.notes == ("margin needs probs, not there without a label: cycle 0 picked at random.",)
    np.testing.assert_array_equal(runner.history.selection(0).ids, runner.ask(0, "random").ids)
    with pytest.raises(alviz.errors.MissingNeeds, match="needs probs; cycle 0 of run 'run' gives features"):
        runner.ask(0, "margin")
    # The sampler that was set is the one of a resumed run.
    resumed = CycleRunner.resume(tmp_path / "run", few)
    assert resumed.sampler.name == "margin"
    record = resumed.step()
    assert record.sampler == {"name": "margin", "params": {}}
    assert record.notes == ()


def test_without_a_label_a_sampler_that_tells_labeled_from_unlabeled_waits_a_cycle(fast: Any) -> None:
    runner = fast(initial=0, budget=20, sampler=UncertainGCN(steps=5))
    record = runner.step()
    assert record.notes == ("uncertain_gcn needs labels, not there without a label: cycle 0 picked at random.",)
    assert runner.step().sampler == UncertainGCN(steps=5).config()
    with pytest.raises(alviz.errors.MissingNeeds, match="needs labels"):
        runner.ask(0, "core_gcn")


def test_without_a_label_a_sampler_that_needs_only_features_picks_itself(fast: Any) -> None:
    record = fast(initial=0, sampler="coreset").step()
    assert record.sampler == {"name": "coreset", "params": {}}
    assert record.notes == ()


def test_a_temporary_run_lives_as_long_as_the_process(few: Pool) -> None:
    import gc

    run = CycleRunner(few, **runs.FAST).run(cycles=1)
    branch = CycleRunner(few, **runs.FAST).fork(0)
    gc.collect()
    assert run.fitted == 2
    branch.run(until=1)
    assert Run.open(run.path).closed == 1


def test_a_sampler_that_breaks_its_contract_is_named(fast: Any) -> None:
    class Greedy(Sampler):
        name = "greedy"

        def select(self, query: Any) -> Any:
            ids = np.arange(query.n)
            return alviz.Selection(ids, np.zeros(query.size, dtype=np.float32))

    runner = fast(sampler=Greedy())
    with pytest.raises(InvalidInput, match="'greedy' returned scores that are not NaN exactly"):
        runner.query()
    assert runner.history.picked == 0
