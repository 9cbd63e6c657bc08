"""The arrays of a fit on disk: how they are written, which are kept, and how dropped ones come back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.selection import Selection
from alviz.snapshot import Snapshot
from alviz.store.files import no_room, write_array, write_json, write_weights
from alviz.store.run import Run
from alviz.store.stages import ALL, POOL, RECORDS

KEEP = (*ALL, "loss")

Told = dict[str, dict[str, Any]]
"""What a record says of its arrays, by name: file, checksum, dtype and shape, or ``at``: where it stands, a cycle or
`POOL`."""


def check_keep(keep: str | tuple[str, ...]) -> list[str]:
    """Return `keep` in the one order that configurations are compared in.

    Raises
    ------
    InvalidInput
        If it names an array that there is not.
    """
    wanted = (keep,) if isinstance(keep, str) else tuple(keep)
    unknown = [name for name in wanted if name not in KEEP]
    if unknown:
        raise InvalidInput(f"keep names {unknown}, expected some of {list(KEEP)}.")
    return list(ALL) if set(ALL) <= set(wanted) else [name for name in KEEP if name in wanted]


def write_fit(
    folder: Path, snapshot: Snapshot, weights: Mapping[str, NDArray[Any]], features_at: int | str | None = None
) -> Told:
    """Write a fit's arrays; features in half precision where that loses next to nothing.

    Features that stand somewhere already (`features_at`) are not written, however large they are.
    """
    arrays: Told = {}
    if features_at is not None:
        arrays["features"] = {"at": features_at}
    elif snapshot.features is not None:
        arrays["features"] = write_array(folder / "features.npy", compact(snapshot.features))
    if snapshot.probs is not None:
        arrays["probs"] = write_array(folder / "probs.npy", snapshot.probs)
    if snapshot.head is not None:
        arrays["head_weight"] = write_array(folder / "head_weight.npy", snapshot.head.weight)
        arrays["head_bias"] = write_array(folder / "head_bias.npy", snapshot.head.bias)
    if snapshot.loss is not None:
        arrays["loss"] = write_array(folder / "loss.npy", snapshot.loss)
    if weights:
        arrays["weights"] = write_weights(folder / "weights.safetensors", weights)
    return arrays


def write_pick(folder: Path, selection: Selection) -> tuple[Told, dict[str, Any]]:
    """Write a selection's arrays; return what the record says of them, and the plain values of ``extra``."""
    plain = {name: value for name, value in selection.extra.items() if _is_plain(value)}
    arrays = {
        "selected": write_array(folder / "selected.npy", selection.ids),
        "scores": write_array(folder / "scores.npy", selection.scores),
    }
    for name, value in selection.extra.items():
        if name not in plain:
            arrays[f"extra_{name}"] = write_array(folder / f"extra_{name}.npy", np.asarray(value))
    return arrays, plain


def _is_plain(value: Any) -> bool:
    """Whether a value stands in JSON as it is; NaN and infinity do not."""
    return isinstance(value, (int, str, bool)) or (isinstance(value, float) and bool(np.isfinite(value)))


def compact(features: NDArray[np.float32]) -> NDArray[np.floating]:
    """Return the features as float16 if no row changes by more than 0.1 % of its length, else as they are."""
    largest = np.abs(features).max(initial=0)
    if largest > np.finfo(np.float16).max:
        return features
    half = features.astype(np.float16)
    change = np.linalg.norm(features - half.astype(np.float32), axis=1)
    return half if bool((change <= 1e-3 * np.linalg.norm(features, axis=1)).all()) else features


def passed_through(run: Run, features: NDArray[np.float32] | None) -> bool:
    """Whether features are the pool's examples themselves, the same memory."""
    pool = run.loaded
    if features is None or pool is None or pool.X.dtype != features.dtype or pool.X.shape != features.shape:
        return False
    ours, theirs = features.__array_interface__, pool.X.__array_interface__
    return bool(ours["data"][0] == theirs["data"][0] and features.strides == pool.X.strides)


def standing(run: Run, cycle: int) -> int | str | None:
    """Return where features that are passed through stand already: in the pool's own file, or in a cycle before."""
    if run.loaded is not None and run.loaded.recipe is not None:
        return POOL
    before = run.stage(cycle - 1, "fit")["arrays"].get("features") if cycle else None
    if before is None:
        return None
    at: int = before.get("at", cycle - 1)
    stands = run.stage(at, "fit")["arrays"]["features"].get("passed", False) and run.has(at, "fit", "features")
    return at if stands else None


def refer_unchanged(run: Run, cycle: int, folder: Path, arrays: Told) -> None:
    """Keep features that equal those of the cycle before only once: refer to where they stand."""
    before = run.stage(cycle - 1, "fit")["arrays"].get("features")
    new = arrays.get("features")
    if before is None or new is None or "at" in new or before.get("at") == POOL:
        return
    at = before.get("at", cycle - 1)
    if new["sha256"] == run.stage(at, "fit")["arrays"]["features"]["sha256"] and run.has(at, "fit", "features"):
        (folder / new["file"]).unlink()
        arrays["features"] = {"at": at}


def drop(run: Run, cycle: int) -> None:
    """Remove the arrays of this run's own cycle that ``keep=`` does not name; called once the next fit stands."""
    referred = run.stage(cycle + 1, "fit")["arrays"]
    for stage in ("fit", "pick"):
        if run.owner(cycle, stage) is not run:
            continue
        for name, told in run.stage(cycle, stage)["arrays"].items():
            if "at" in told or run.keeps(name) or (stage == "fit" and "at" in referred.get(name, {})):
                continue
            (run.folder(cycle, stage) / told["file"]).unlink(missing_ok=True)
            run.forget()


def put_back(run: Run, cycle: int, stage: str, write: Callable[[Path], Told]) -> bool:
    """Write the dropped arrays of a stage again; return whether all equal the recorded ones bit by bit.

    Arrays that differ come under new names, and the record that names them is replaced last: the stage
    is the old one or the new one, whenever the process ends.

    Parameters
    ----------
    write : callable
        Writes the arrays into a folder and says what they are.
    """
    folder, record = run.folder(cycle, stage), run.stage(cycle, stage)
    temporary = folder.with_name(f".{stage}.restored.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    old: list[str] = []
    with no_room(folder):
        try:
            temporary.mkdir()
            for name, told in write(temporary).items():
                recorded = record["arrays"][name]
                if "at" in recorded or name == "selected":
                    continue  # it stands elsewhere, or is history whatever would be picked today
                source, target = temporary / told["file"], folder / recorded["file"]
                if told["sha256"] != recorded["sha256"]:
                    old.append(recorded["file"])
                    target = folder / f"{source.stem}-{told['sha256'][:8]}{source.suffix}"
                    record["arrays"][name] = {**told, "file": target.name}
                source.replace(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    if old:
        write_json(folder / RECORDS[stage], record)
        for file in old:
            (folder / file).unlink(missing_ok=True)
    run.forget()
    return not old
