"""Learning Loss as a sampler, and predicted losses in run folders."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs
from samplers.helpers import ask

import alviz
from alviz.errors import ArrayDropped, InvalidInput, MissingNeeds
from alviz.learners import Supervised
from alviz.samplers.learning_loss import LearningLoss
from alviz.snapshot import Snapshot, check_snapshot
from alviz.store.arrays import check_keep
from alviz.testing import check_sampler

LEARNER = Supervised(epochs=2, loss_head=True)
START: dict[str, Any] = {**runs.FAST, "learner": LEARNER, "sampler": LearningLoss(), "cross_validate": 0}
BEFORE = ["features", "probs", "head", "weights", "scores", "extra"]


def test_it_keeps_the_contract() -> None:
    check_sampler(LearningLoss())


def test_the_largest_predicted_losses_in_order_ties_to_the_lowest_id() -> None:
    loss = np.array([9, -1, 3, 8, 0.5, 3, 2], dtype=np.float32)
    query = ask(3, [0, 3], probs=np.full((7, 2), 0.5))
    object.__setattr__(query, "snapshot", Snapshot(loss=loss))
    selection = LearningLoss().select(query)
    assert selection.ids.tolist() == [2, 5, 6]
    np.testing.assert_array_equal(selection.scores, [np.nan, -1, 3, np.nan, 0.5, 3, 2])


def test_predicted_losses_are_recorded_dropped_and_restored(tmp_path: Path) -> None:
    full = alviz.CycleRunner(runs.few(), **START, path=tmp_path / "full")
    full.run(cycles=1)
    lean = alviz.CycleRunner(runs.few(), **START, path=tmp_path / "lean", keep=("features",))
    lean.run(cycles=1)
    kept = alviz.CycleRunner(runs.few(), **START, path=tmp_path / "kept", keep="loss")
    kept.run(cycles=1)
    opened = alviz.Run.open(tmp_path / "full")
    found = opened.snapshot(0).loss
    assert found is not None
    assert found.dtype == np.float32
    assert found.shape == (160,)
    assert not found.flags.writeable
    picked = opened.selection(0)
    assert picked is not None
    np.testing.assert_array_equal(picked.scores[picked.ids], np.sort(found[picked.ids])[::-1])
    np.testing.assert_array_equal(kept.history.snapshot(0).loss, found)
    assert kept.history.snapshot(0).probs is None
    assert not (tmp_path / "lean/cycles/0000/fit/loss.npy").exists()
    assert lean.history.snapshot(0).loss is None
    with pytest.raises(ArrayDropped, match="The loss of cycle 0 were not kept"):
        alviz.asking.ask(lean.history, 0, LearningLoss())
    lean.restore(0)
    np.testing.assert_array_equal(lean.history.snapshot(0).loss, found)
    asked = alviz.asking.ask(lean.history, 0, LearningLoss())
    np.testing.assert_array_equal(asked.ids, picked.ids)


def test_a_run_that_keeps_everything_is_configured_as_before_there_were_losses(tmp_path: Path) -> None:
    runner = alviz.CycleRunner(runs.few(), **START, path=tmp_path / "run")
    assert runner.history.config["keep"] == BEFORE
    assert check_keep((*BEFORE, "loss")) == BEFORE
    assert check_keep(("loss", "probs")) == ["probs", "loss"]
    assert check_keep("loss") == ["loss"]
    assert runner.history.keeps("loss")
    with pytest.raises(InvalidInput, match="'loss'"):
        check_keep("losses")


def test_a_learner_without_the_head_is_refused_with_what_to_do() -> None:
    with pytest.raises(
        MissingNeeds, match=r"needs loss; the learner 'supervised' gives .*learners with loss_head=True"
    ):
        alviz.CycleRunner(runs.few(), **{**START, "learner": Supervised(epochs=2)})
    with pytest.raises(MissingNeeds, match="gave no loss in cycle 0"):
        LearningLoss().select(ask(2, probs=np.full((5, 2), 0.5)))


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (np.zeros((5, 1), np.float32), r"loss of shape \(5, 1\) and dtype float32, expected float32 \(5,\)"),
        (np.zeros(4, np.float32), r"loss of shape \(4,\)"),
        (np.zeros(5), "dtype float64"),
        (np.array([0, np.nan, 1, 2, np.inf], np.float32), r"loss with NaN or inf in 2 row\(s\), the first is row 1"),
    ],
)
def test_predicted_losses_that_are_none_are_refused(loss: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_snapshot(Snapshot(loss=loss), 5, 2)
    with pytest.raises(InvalidInput, match=r"features of shape \(5,\).* expected float32 \(5, d\)"):
        check_snapshot(Snapshot(features=np.zeros(5, np.float32)), 5, 2)
