"""What cannot work is refused before anything is trained or written."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs

import alviz
from alviz import CycleRunner, Pool
from alviz.errors import AlvizError, AlvizWarning, ConfigMismatch, InvalidInput, MissingNeeds, NotARun, UnknownName
from alviz.learners import Linear, Supervised


@pytest.fixture(autouse=True)
def untrained(monkeypatch: pytest.MonkeyPatch) -> Any:
    """No test here trains anything."""

    def fit(*_: Any, **__: Any) -> None:
        raise AssertionError("trained before the input was checked")

    monkeypatch.setattr(Linear, "fit", fit)
    monkeypatch.setattr(Supervised, "fit", fit)


CASES: list[tuple[dict[str, Any], type[AlvizError], str]] = [
    ({"budget": 0}, InvalidInput, "budget is 0, expected a whole number of at least 1"),
    ({"budget": -3}, InvalidInput, "budget is -3"),
    ({"budget": 2.5}, InvalidInput, "budget is 2.5"),
    ({"budget": None}, InvalidInput, "budget is None"),
    ({"budget": True}, InvalidInput, "budget is True"),
    ({"subset": 0}, InvalidInput, "subset is 0"),
    ({"seed": -1}, InvalidInput, "seed is -1"),
    ({"seed": "0"}, InvalidInput, "seed is '0'"),
    ({"initial": -1}, InvalidInput, "initial is -1, expected 0 to 159"),
    ({"initial": 160}, InvalidInput, "initial is 160, expected 0 to 159"),
    ({"initial": "ballanced"}, InvalidInput, "'balanced'"),
    ({"initial": [0, 0, 1]}, InvalidInput, "initial holds 1 id.* more than once"),
    ({"initial": [0, 160]}, InvalidInput, "initial holds 1 id.* outside the pool"),
    ({"initial": [0.5]}, InvalidInput, "initial must be a list of whole numbers"),
    ({"initial": list(range(160))}, InvalidInput, "nothing is left to pick"),
    ({"initial": 20.0}, InvalidInput, "whole numbers"),
    ({"sampler": "entropie"}, UnknownName, "no sampler named 'entropie'. Did you mean 'entropy'"),
    ({"learner": "linar"}, UnknownName, "no learner named 'linar'. Did you mean 'linear'"),
    ({"oracle": "thruth"}, UnknownName, "no oracle named 'thruth'. Did you mean 'truth'"),
    ({"sampler": "zzz"}, UnknownName, "no sampler named 'zzz'. Known: alfa_mix, badge"),
    ({"sampler": alviz.samplers.Coreset}, InvalidInput, r"Coreset is a class: pass Coreset\(\.\.\.\)"),
    ({"sampler": None}, InvalidInput, "None is no sampler"),
    ({"sampler": Linear()}, InvalidInput, "is no sampler"),
    ({"learner": 3}, InvalidInput, "3 is no learner"),
    ({"keep": ("feature",)}, InvalidInput, "keep names"),
    ({"cross_validate": 1}, InvalidInput, "cross_validate is 1, expected at least 2 folds, or 0"),
    ({"oracle": "human", "initial": "know"}, InvalidInput, "'balanced', 'known', or ids"),
    ({"learner": Supervised(model="mlp", feature_layer="trunk")}, InvalidInput, "no layer named 'trunk'"),
    ({"learner": Supervised(device="tpu9")}, InvalidInput, "device='tpu9'"),
]


@pytest.mark.parametrize(("change", "error", "told"), CASES, ids=[repr(case[0])[:60] for case in CASES])
def test_a_start_that_cannot_work_is_refused_and_leaves_nothing(
    few: Pool, tmp_path: Path, change: dict[str, Any], error: type[AlvizError], told: str
) -> None:
    with pytest.raises(error, match=told):
        CycleRunner(few, path=tmp_path / "run", **{**runs.FAST, **change})
    assert list(tmp_path.iterdir()) == []


def test_a_sampler_that_needs_what_the_learner_does_not_give(few: Pool, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(Linear, "gives", frozenset({"probs"}))
    with pytest.raises(MissingNeeds, match="'coreset' needs features; the learner 'linear' gives probs"):
        CycleRunner(few, "linear", "coreset", path=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    runner = CycleRunner(few, "linear", "entropy", path=tmp_path / "run")
    with pytest.raises(MissingNeeds, match="needs features"):
        runner.sampler = "coreset"
    assert runner.sampler.name == "entropy"
    before = runs.contents(tmp_path)
    with pytest.raises(MissingNeeds):
        runner.fork(0, sampler="coreset", path=tmp_path / "branch")
    assert runs.contents(tmp_path) == before


def test_a_temporary_run_that_is_refused_leaves_no_folder(few: Pool, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    y = np.full(160, -1)
    unknown = alviz.datasets.arrays(few.X, y, classes=few.classes)
    with pytest.raises(InvalidInput, match="no label for 20 of 20 ids"):
        CycleRunner(unknown, "linear")
    with pytest.raises(InvalidInput):
        CycleRunner(few, "linear", budget=0)
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_an_initial_set_that_misses_a_class_is_warned_of(few: Pool, tmp_path: Path) -> None:
    ids = np.concatenate([np.flatnonzero(few.y == label)[:2] for label in range(8)])
    with pytest.warns(AlvizWarning, match=r"misses 2 of 10 classes \(8, 9\).*initial='balanced'"):
        CycleRunner(few, "linear", initial=ids, path=tmp_path / "run")


def test_another_configuration_on_the_same_path_is_shown_and_changes_nothing(fast: Any, tmp_path: Path) -> None:
    runner = fast("run")
    before = runs.contents(tmp_path / "run")
    for change, told in (
        ({"budget": 6}, "budget: 5 there, 6 given"),
        ({"seed": 4}, "seed: 3 there, 4 given"),
        ({"initial": 13}, "initial: 12 there, 13 given"),
        ({"subset": 50}, "subset: None there, 50 given"),
        ({"sampler": "entropy"}, r"sampler: \{'name': 'margin'.*\} there, \{'name': 'entropy'"),
        ({"learner": Linear(C=2.0)}, r"learner: .*'C': 1.0.* there, .*'C': 2.0.* given"),
        ({"oracle": "noisy"}, "oracle: "),
        ({"keep": ("probs",)}, "keep: "),
    ):
        with pytest.raises(ConfigMismatch, match=told) as error:
            fast("run", **change)
        assert "CycleRunner.resume" in str(error.value)
    assert runs.contents(tmp_path / "run") == before
    # The open runner still writes: nobody took its place.
    runner._store.check_open()


def test_the_same_configuration_in_other_words_is_the_same(fast: Any, few: Pool, tmp_path: Path) -> None:
    first = fast("run", learner=Linear(C=1), budget=np.int64(5), initial=np.int32(12), seed=np.int64(3))
    second = fast("run", learner="linear", keep=("scores", "features", "probs", "head", "weights", "extra"))
    assert second.history.uid == first.history.uid
    ids = np.arange(20, 60)
    assert fast("ids", initial=ids).history.uid == fast("ids", initial=ids[::-1].tolist()).history.uid


def test_another_pool_on_the_same_path_is_refused(fast: Any, digits: Pool, tmp_path: Path) -> None:
    fast("run")
    with pytest.raises(ConfigMismatch, match="is not the pool of run 'run'"):
        CycleRunner(digits, path=tmp_path / "run", **runs.FAST)


def test_a_folder_with_other_things_in_it_is_no_place_for_a_run(fast: Any, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("precious")
    with pytest.raises(NotARun, match="give an empty folder or a new name"):
        fast("run")
    assert runs.contents(tmp_path) == {"run/thesis.txt": b"precious"}
    (tmp_path / "file").write_text("precious")
    with pytest.raises(NotARun):
        fast("file")
    (tmp_path / "empty").mkdir()
    fast("empty")


def test_a_part_of_ones_own_has_to_be_given_again(fast: Any, few: Pool, tmp_path: Path) -> None:
    class Mine(Linear):
        name = "mine"

    fast("run", learner=Mine(C=3.0)).close()
    with pytest.raises(InvalidInput, match=r"no learner named 'mine'.*Pass it: CycleRunner.resume\(path, learner="):
        CycleRunner.resume(tmp_path / "run", few)
    with pytest.raises(InvalidInput, match=r"was made with the learner .*3\.0.*, not .*2\.0"):
        CycleRunner.resume(tmp_path / "run", few, learner=Mine(C=2.0))
    assert CycleRunner.resume(tmp_path / "run", few, learner=Mine(C=3.0)).learner == Mine(C=3.0)


def test_a_sampler_asked_for_too_many_or_at_no_cycle(fast: Any) -> None:
    runner = fast()
    for call in (lambda: alviz.ask(runner.history, 0, "random"), lambda: runner.ask(0, "random")):
        with pytest.raises(InvalidInput, match="no fit of cycle 0"):
            call()
    assert runner.history.fitted == 0
