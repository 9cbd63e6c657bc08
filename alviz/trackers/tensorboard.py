"""TensorBoard: every number as a scalar by number of labels, in a folder per run."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from alviz.part import parameter
from alviz.store import Run
from alviz.trackers.base import Log, Tracker, check_installed
from alviz.trackers.facts import facts, settings
from alviz.trackers.steps import Step

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event

# The scalar by which a folder says how far the run stood when it was written last.
_STEPS = "steps"


@dataclass(frozen=True)
class TensorBoard(Tracker):
    """Writes event files: ``tensorboard --logdir FOLDER`` shows them, by number of labels.

    Each run has a folder of its own, named after it. A step is one record of the file, so it is there whole or not at
    all, and a resumed run goes on behind what it finds.
    """

    name: ClassVar[str] = "tensorboard"
    folder: str | Path = parameter("tensorboard", "where the folders of the runs stand: TensorBoard's --logdir")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_installed("TensorBoard", "tensorboard", "tensorboard")
        # A worker process may run elsewhere.
        object.__setattr__(self, "folder", os.path.abspath(self.folder))  # noqa: PTH100  resolve() would follow links

    def open(self, run: Run) -> EventFiles:
        """Return the event files of a run."""
        return EventFiles(Path(self.folder), run)


class EventFiles(Log):
    """The event files of one run."""

    def __init__(self, parent: Path, run: Run) -> None:
        suffix = run.uid[:8]  # two sweeps may give two runs the same name
        found = sorted(parent.glob(f"*-{suffix}"))
        self.folder = found[0] if found else parent / f"{run.name}-{suffix}"
        self._path: Path | None = None
        reached = _reached(self.folder)
        if reached is None:
            self._write([_described(run)])
        self._reached = reached or 0

    @property
    def reached(self) -> int:
        """How many steps stand in the files."""
        return self._reached

    def tell(self, step: Step) -> None:
        """Write the numbers of a step as one record."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        scalars = {**step.numbers, _STEPS: step.number + 1}
        values = [Summary.Value(tag=name, simple_value=number) for name, number in scalars.items()]
        self._write([Event(wall_time=step.when, step=step.labeled, summary=Summary(value=values))])

    def _write(self, events: list[Event]) -> None:
        """Append events; a log starts a file of its own, for the end of the last one may be torn."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        if self._path is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Readers take the files in the order of their names.
            self._path = self.folder / f"events.out.tfevents.{len(_files(self.folder)):010d}.alviz"
            events = [Event(wall_time=time.time(), file_version="brain.Event:2"), *events]
        with self._path.open("ab") as file:
            writer = RecordWriter(file)
            for event in events:
                writer.write(event.SerializeToString())


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*tfevents*"))


def _reached(folder: Path) -> int | None:
    """Return how many steps stand in the event files of a folder; None if nothing does."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    reached: int | None = None
    for path in _files(folder):
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                reached = max(reached or 0, int(value.simple_value) if value.tag == _STEPS else 0)
    return reached


def _described(run: Run) -> Any:
    """Return the event that says what a run is: its hyperparameters, and a text."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.plugins.hparams import summary_v2 as hparams
    from tensorboard.plugins.text import metadata as text

    told = {**facts(run), "classes": list(run.header["pool"]["classes"]), "config": run.config}
    lines = json.dumps(told, indent=2, ensure_ascii=False).splitlines()
    # Indented by four it is code in Markdown: names from the data are shown as they are.
    words = "\n".join(f"    {line}" for line in lines)
    value = Summary.Value(
        tag="run",
        tensor=TensorProto(dtype="DT_STRING", string_val=[words.encode()]),
        metadata=text.create_summary_metadata(display_name="run", description=""),
    )
    summary = hparams.hparams_pb(settings(run), trial_id=run.uid)
    summary.value.append(value)
    return Event(wall_time=time.time(), step=0, summary=summary)
