"""What TensorBoard shows of a run beside its curves, and files that are torn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trackers.destinations import events, told, written

from alviz.trackers import TensorBoard


def test_settings_are_hyperparameters(fast: Any, tensorboard: TensorBoard) -> None:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    run = fast(trackers=[tensorboard]).history
    metadata = events(tensorboard, run).SummaryMetadata("_hparams_/session_start_info")
    told = HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info
    assert told.hparams["learner"].string_value == "linear"
    assert told.hparams["sampler"].string_value == "margin"
    assert told.hparams["budget"].number_value == 5
    assert told.hparams["seed"].number_value == 3
    assert told.hparams["learner.C"].number_value == run.config["learner"]["params"]["C"]
    assert told.group_name == run.uid


def test_a_text_says_where_the_run_comes_from(fast: Any, tmp_path: Path, tensorboard: TensorBoard) -> None:
    parent = fast(trackers=[tensorboard])
    parent.step()
    fork = parent.fork(1, "random", path=tmp_path / "fork").history
    (value,) = events(tensorboard, fork).Tensors("run")
    text = value.tensor_proto.string_val[0].decode()
    assert all(line.startswith("    ") for line in text.splitlines()), "code, whatever the names of classes hold"
    said = json.loads(text)
    assert said["uid"] == fork.uid
    assert (said["parent"], said["parent_name"], said["at"]) == (parent.history.uid, "run", "1")
    assert said["pool_digest"] == fork.header["pool"]["digest"]
    assert said["config"] == fork.config


def test_a_torn_record_is_written_again_and_nothing_else(fast: Any, tensorboard: TensorBoard) -> None:
    runner = fast(trackers=[tensorboard])
    run = runner.run(until=1)
    (file,) = Path(tensorboard.folder).rglob("*tfevents*")
    file.write_bytes(file.read_bytes()[:-7])
    assert written(tensorboard, run) == told(run, tensorboard, until=1), "the last fit is lost"
    fast(trackers=[tensorboard]).run(until=2)
    assert written(tensorboard, run) == told(run, tensorboard)
    assert len(list(Path(tensorboard.folder).rglob("*tfevents*"))) == 2


def test_a_renamed_run_keeps_its_folder(fast: Any, few: Any, tmp_path: Path, tensorboard: TensorBoard) -> None:
    from alviz import CycleRunner

    runner = fast("before", trackers=[tensorboard])
    runner.step()
    runner.close()
    (tmp_path / "before").rename(tmp_path / "after")
    runner = CycleRunner.resume(tmp_path / "after", few, trackers=[tensorboard])
    runner.step()
    assert written(tensorboard, runner.history) == told(runner.history, tensorboard)
    assert len(list(Path(tensorboard.folder).iterdir())) == 1


def test_points_stand_at_the_time_of_their_commit(fast: Any, tensorboard: TensorBoard) -> None:
    run = fast(trackers=[tensorboard]).run(until=1)
    times = [event.wall_time for event in events(tensorboard, run).Scalars("accuracy")]
    assert times == [(run.folder(cycle, "fit") / "fit.json").stat().st_mtime for cycle in (0, 1)]
