"""MLflow: one of its runs for each of alviz's, in an experiment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from alviz.errors import InvalidInput
from alviz.part import parameter
from alviz.store import Run
from alviz.trackers.base import Log, Tracker, check_installed
from alviz.trackers.facts import facts, settings
from alviz.trackers.steps import Step

if TYPE_CHECKING:
    from mlflow import MlflowClient

# The tag by which MLflow's run says how far alviz's stood when it was told last.
_STEPS = "alviz.steps"

# MLflow takes 1,000 entries at once, 100 of them parameters.
_BATCH = 900
_PARAMS = 100

# Seconds to wait for another process that makes the tables of a database; it takes two or three.
_PATIENCE = 120


@dataclass(frozen=True)
class MLflow(Tracker):
    """Logs to MLflow: settings as parameters, numbers as metrics by number of labels, origin as tags ``alviz.*``.

    A resumed run goes on with the run of MLflow that has its uid.
    """

    name: ClassVar[str] = "mlflow"
    uri: str | Path | None = parameter(
        None,
        "where MLflow keeps its runs: a tracking URI, or a folder for the SQLite file mlflow.db in it; by default "
        "what MLFLOW_TRACKING_URI or mlflow.set_tracking_uri say, else sqlite:///mlflow.db",
    )
    experiment: str = parameter("alviz", "the experiment of MLflow that gets the runs")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_installed("MLflow", "mlflow", "mlflow")
        # Written out here: a worker process may run elsewhere, and has other defaults.
        object.__setattr__(self, "uri", _whole_uri(self.uri))

    def open(self, run: Run) -> MLflowRun:
        """Return the run of MLflow that stands for `run`, a new one if there is none."""
        from mlflow import MlflowClient

        with _alone(str(self.uri)):
            client = MlflowClient(str(self.uri))
        return MLflowRun(client, self.experiment, run)


class MLflowRun(Log):
    """One run of MLflow."""

    def __init__(self, client: MlflowClient, experiment: str, run: Run) -> None:
        from mlflow.entities import Param, RunTag

        self._client = client
        where = _experiment_id(client, experiment)
        found = _find(client, where, run.uid)
        tags = {f"alviz.{name}": value for name, value in facts(run).items()}
        parent = _find(client, where, run.parent.uid) if run.parent is not None else None
        if parent is not None:
            tags["mlflow.parentRunId"] = parent.info.run_id  # its pages show forks below their parent
        if found is None:
            started = int((run.path / "run.json").stat().st_mtime * 1000)
            found = client.create_run(where, start_time=started, tags=tags, run_name=run.name)
        self.run_id: str = found.info.run_id
        self._reached = int(found.data.tags.get(_STEPS, 0))
        client.update_run(self.run_id, status="RUNNING")
        params = [Param(name, str(value)) for name, value in settings(run).items()]
        for some in _batches(params, _PARAMS):
            client.log_batch(self.run_id, params=some)
        client.log_batch(self.run_id, tags=[RunTag(name, value) for name, value in tags.items()])

    @property
    def reached(self) -> int:
        """How many steps MLflow's run was told."""
        return self._reached

    def tell(self, step: Step) -> None:
        """Log the numbers of a step, then that it was logged.

        Should the process end between the two, the step is logged again with the same times, which MLflow's databases
        do not take for new entries.
        """
        from mlflow.entities import Metric, RunTag

        when = int(step.when * 1000)
        metrics = [Metric(name, value, when, step.labeled) for name, value in step.numbers.items()]
        for some in _batches(metrics, _BATCH):
            self._client.log_batch(self.run_id, metrics=some)
        self._client.log_batch(self.run_id, tags=[RunTag(_STEPS, str(step.number + 1))])

    def end(self) -> None:
        """Mark MLflow's run as finished; a resumed one is running again."""
        self._client.set_terminated(self.run_id)


def _whole_uri(uri: str | Path | None) -> str:
    """Return a tracking URI that means the same in every process of this machine."""
    if uri is None:
        import mlflow

        uri = mlflow.get_tracking_uri()
    scheme, colon, rest = str(uri).partition("://")
    if not colon and scheme not in ("databricks", "uc"):
        scheme, rest = "sqlite", f"/{Path(scheme) / 'mlflow.db'}"
    if not scheme.startswith("sqlite"):
        return str(uri)
    if any(find_spec(package) is None for package in ("sqlalchemy", "alembic")):
        raise InvalidInput(
            f"MLflow writes {uri!r} through sqlalchemy and alembic, which are not installed here: "
            "pip install 'alviz[mlflow]'."
        )
    return f"{scheme}:///{os.path.abspath(rest[1:])}"  # noqa: PTH100  resolve() would follow links


@contextmanager
def _alone(uri: str) -> Iterator[None]:
    """Let one process at a time make, or bring up to date, the tables of an SQLite file; MLflow itself does not."""
    from filelock import FileLock

    scheme, _, path = uri.partition(":///")
    if not scheme.startswith("sqlite"):
        yield
        return
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_name(f".{file.name}.lock"), timeout=_PATIENCE):
        yield


def _experiment_id(client: MlflowClient, name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    try:
        return client.create_experiment(name)
    except MlflowException:
        # Another process of the sweep was first.
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return found.experiment_id


def _find(client: MlflowClient, experiment_id: str, uid: str) -> Any:
    runs = client.search_runs([experiment_id], f"tags.`alviz.uid` = '{uid}'", max_results=1)
    return runs[0] if runs else None


def _batches(entries: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
