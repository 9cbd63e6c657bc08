"""`export_model`: the weights of a fit, with what it takes to use them elsewhere."""

from __future__ import annotations

import json
import math
import os
import shutil
from os import PathLike
from pathlib import Path
from typing import Any

from alviz import learners, models
from alviz.errors import ArrayDropped, InvalidInput, UnknownName
from alviz.exchange.files import write_flushed
from alviz.exchange.loading import loading_example
from alviz.exchange.pseudo import last_fit
from alviz.store import Run
from alviz.store.files import committed, copy_file, sync_folder

WEIGHTS, MODEL, LOAD = "weights.safetensors", "model.json", "load.py"


def export_model(run: Run, path: str | PathLike[str], cycle: int | None = None, *, overwrite: bool = False) -> Path:
    """Write what a fit has learned as a folder that other programs can use.

    It holds ``weights.safetensors`` as recorded; ``model.json``: the learner, the classes of that fit, the form of an
    example, and for networks the mean and standard deviation that they subtract and divide by; and ``load.py``, whose
    ``predict(X)`` returns class probabilities of examples in the pool's own form.

    Mean and standard deviation are not part of a record: they are measured again on the run's pool, which is the one
    that the fit measured, as its digest says.

    Parameters
    ----------
    run : Run
    path : path
        The folder to write.
    cycle : int, optional
        The last one that is fitted by default.
    overwrite : bool
        Whether a model that is there is replaced; another folder never is.

    Returns
    -------
    Path
        Where the folder stands: whole, or not at all.

    Raises
    ------
    InvalidInput
        For a fit without weights, or a path where something stands.
    ArrayDropped
        If ``keep=`` left the weights out.
    PoolMissing
        If the pool cannot be loaded here: `Run.open` takes it.
    DiskFull
        Nothing was written.
    """
    target = Path(path)
    _check_target(target, overwrite)
    cycle = last_fit(run) if cycle is None else cycle
    told = run.stage(cycle, "fit")["arrays"].get("weights")
    if "weights" in run.dropped(cycle):
        raise ArrayDropped(run.dropped_message(cycle, "fit", "weights"))
    names = sorted(run.weights(cycle))  # verifies the checksum
    if told is None or not names:
        learner = run.record(cycle).learner["name"]
        raise InvalidInput(
            f"The fit of cycle {cycle} of run {run.name!r} has no weights: it learned from no label, or its learner "
            f"({learner}) records none."
        )
    about = _about(run, cycle)
    staged, old = (target.with_name(f".{target.name}.{os.getpid()}.{word}") for word in ("new", "old"))
    with committed(staged) as folder:
        copy_file(run.folder(cycle, "fit") / told["file"], folder / WEIGHTS)
        write_flushed(folder / MODEL, json.dumps(about, indent=1, allow_nan=False) + "\n")
        write_flushed(folder / LOAD, loading_example(about, names))
    if target.exists():
        target.rename(old)
    staged.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)
    return target


def _about(run: Run, cycle: int) -> dict[str, Any]:
    """Return what ``model.json`` says."""
    record, pool = run.record(cycle), run.pool
    shape = list(pool.X.shape[1:])
    told: dict[str, Any] = {
        "alviz": run.header["versions"]["alviz"],
        "run": {"name": run.name, "uid": run.uid, "cycle": cycle, "labels": record.labeled, "pool": pool.digest},
        "learner": dict(record.learner),
        "classes": list(run.classes_at(cycle)),
        "input": {"kind": pool.kind, "shape": shape, "dtype": str(pool.X.dtype)},
        "metrics": {name: value if math.isfinite(value) else None for name, value in record.metrics.items()},
    }
    network = _network(record.learner, pool.kind)
    if network is not None:
        from alviz.learners.training import Scaling

        scaling = Scaling.of(pool.X, record.learner["params"]["standardize"])
        channels = shape[2] if len(shape) == 3 else 1
        told["input"]["network_shape"] = shape if pool.kind == "vector" else [channels, *shape[:2]]
        told["network"] = network
        told["scaling"] = {"mean": scaling.mean.tolist(), "std": scaling.std.tolist()}
    return told


def _network(config: Any, kind: str) -> str | None:
    """Return where the network of a learner is defined, ``"module:qualname"``; None for learners without one."""
    from alviz.learners.supervised import Supervised

    try:
        learner = learners.get(config["name"])
    except (UnknownName, InvalidInput):
        return None  # a learner of somebody's own
    if not issubclass(learner, Supervised):
        return None
    model = str(config["params"]["model"])
    if ":" in model:
        return model
    factory = models.get({"image": "small_cnn", "vector": "mlp"}[kind] if model == "auto" else model)
    return f"{factory.__module__}:{getattr(factory, '__qualname__', model)}"


def _check_target(target: Path, overwrite: bool) -> None:
    if not target.exists() and not target.is_symlink():
        return
    empty = target.is_dir() and not any(target.iterdir())
    if empty and not target.is_symlink():
        target.rmdir()
        return
    if not (target / MODEL).is_file():
        raise InvalidInput(f"{target} is there already and is no exported model: give another name.")
    if not overwrite:
        raise InvalidInput(f"{target} is there already: pass overwrite=True to replace it, or give another name.")
