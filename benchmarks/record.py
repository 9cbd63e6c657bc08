"""The recorded sweeps of data/, which open by name without data: `alviz.Run.example("mnist-lowbudget")`.

    python benchmarks/record.py digits                # a small network on scikit-learn's digits
    python benchmarks/record.py mnist-lowbudget DATA  # the pool of findings.py in torchvision's folder

The sweep is made in WORK first, all of it (--work; what is there is not made again), then what there is to see is kept:
picks, scores, metrics, labels and costs of all runs, what samplers left beside their picks where it is not large,
adjacency accuracies, maps, and how far samplers agree at every cycle of one sampler's runs. Maps are of the whole pool,
which is small; those of digits are of one seed, and features of one run of it. Scores, and the probabilities of digits,
are rounded to 11 bits. The zip is the same for the same WORK.
"""

from __future__ import annotations

import argparse
import itertools
import math
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from findings import pool_of, rows_of
from numpy.typing import NDArray

import alviz
from alviz.compare import PseudoLabels
from alviz.datasets.recorded import FOLDER, write
from alviz.maps import Layouts, cache
from alviz.recorded import finding, pack
from alviz.store.files import read_json, write_array, write_json
from alviz.sweep import agreements

HERE = Path(__file__).resolve().parents[1]
# The explorer's own default, so that it finds these maps; both pools are smaller.
MAPS = Layouts()
# What a sampler leaves beside its picks stays if it is no more numbers than this for each example.
WIDEST = 16


@dataclass(frozen=True)
class Recipe:
    """One example.

    Attributes
    ----------
    title : str
    pool : callable
        Makes the pool of the argument DATA.
    samplers : list of str
    sweep : dict
        Of `alviz.sweep`.
    shown : str
        The sampler whose run of seed 0 is shown, and at whose cycles all are asked what they would pick.
    keep : tuple of str
        Which arrays stay of all runs.
    mapped : tuple of str
        Which stay of those of seed 0, which have maps.
    asked : tuple of str
        Which stay of the run that is shown, and of the last fit of those of seed 0: what samplers look at, so that
        others can be asked there.
    own_pool : bool
        Whether the pool goes along.
    """

    title: str
    pool: Callable[[str], alviz.Pool]
    samplers: list[str]
    sweep: dict[str, Any]
    shown: str
    keep: tuple[str, ...]
    mapped: tuple[str, ...]
    asked: tuple[str, ...]
    own_pool: bool = False


def mnist_pool(data: str) -> alviz.Pool:
    """Return seed 0's pool of findings.py in half precision, with its images."""
    pool, mnist = pool_of(data, 0), alviz.datasets.mnist(data)
    rows = rows_of(mnist, 0)
    X, X_test = (each.astype(np.float16).astype(np.float32) for each in (pool.X, pool.X_test))
    recipe = {"dataset": "recorded", "params": {"name": "mnist-lowbudget"}}
    return replace(pool, X=X, X_test=X_test, pictures=mnist.X[rows], recipe=recipe)


RECIPES = {
    "mnist-lowbudget": Recipe(
        "MNIST from nothing labeled to 100 labels: 6,000 images by 50 principal components, logistic regression",
        mnist_pool,
        ["random", "entropy", "margin", "coreset", "badge", "typiclust", "probcover", "maxherding", "uherding"],
        {
            "learners": {"linear": alviz.learners.Linear(C=10.0)},
            "initial": 0,
            "budget": 10,
            "cycles": 10,
        },
        "typiclust",
        ("head", "scores", "extra"),
        ("head", "scores", "extra"),
        ("head", "scores", "extra"),
        own_pool=True,
    ),
    "digits": Recipe(
        "Digits from 20 to 220 labels: 1,297 scans, a small network trained from scratch in every cycle",
        lambda _: alviz.datasets.digits(),
        ["random", "entropy", "margin", "coreset", "core_gcn", "uncertain_gcn", "revival", "jlp"],
        {"learners": "supervised", "initial": 20, "budget": 20, "cycles": 10},
        "core_gcn",
        ("scores", "extra"),
        ("probs", "scores", "extra"),
        ("features", "probs", "head", "scores", "extra"),
    ),
}


def main() -> None:
    """Record one example."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("data", nargs="?", default="", help="torchvision's folder, for MNIST")
    parser.add_argument("--work", type=Path, help="where the whole sweep stands; a temporary folder by default")
    parser.add_argument("--out", type=Path, default=HERE / "data")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", alviz.AlvizWarning)
    name, recipe = arguments.name, RECIPES[arguments.name]
    pool = recipe.pool(arguments.data)
    work = arguments.work or Path(tempfile.mkdtemp(prefix="alviz-record-"))
    start = time.perf_counter()
    made = alviz.sweep(pool, recipe.samplers, seeds=3, out=work / name, threads=1, **recipe.sweep)
    tell(start, repr(made))
    whole = [alviz.Run.open(path.parent, pool) for path in sorted(made.path.glob("*/run.json"))]
    for run in whole:
        for cycle in range(run.fitted):
            if recipe.own_pool or run.seed == 0:
                MAPS.of(run, cycle)
            alviz.adjacency(run, cycle)
        tell(start, f"maps and adjacency accuracies of {run.name}")
    if not agreements.read(made.path):
        agreements.write(made.path, list(agreed(made, recipe, start)))
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / name
        shown = (made.run(recipe.shown).name, made.run(recipe.shown).root.name)
        for run in whole:
            keep, last = recipe.keep, ()
            if run.seed == 0:
                keep = recipe.asked if run.name in shown else recipe.mapped
                last = recipe.asked
            thin(run, draft / run.name, keep, last)
        for file in ("sweep.json", agreements.NAME):
            shutil.copy(made.path / file, draft / file)
        if recipe.own_pool:
            write(draft / FOLDER, pool)
        told = {
            "schema": finding.SCHEMA,
            "title": recipe.title,
            "run": made.run(recipe.shown).name,
            "command": f"python benchmarks/record.py {name}" + (" DATA" if arguments.data else ""),
        }
        write_json(draft / finding.ABOUT, told)
        pack(draft, arguments.out / f"{name}.zip")
    tell(start, f"{(arguments.out / f'{name}.zip').stat().st_size / 1e6:.2f} MB")


def agreed(made: alviz.Sweep, recipe: Recipe, start: float) -> Iterator[dict[str, Any]]:
    """Yield what each two samplers have in common at every cycle of the shown sampler's runs."""
    for seed in made.plan["seeds"]:
        run = made.run(recipe.shown, seed)
        for cycle in range(run.fitted):
            if len(run.labeled(cycle)) == 0:
                continue  # most samplers cannot answer yet
            asked = alviz.compare(run, cycle, recipe.samplers)
            spread = PseudoLabels(run, cycle)
            for a, b in itertools.combinations(asked.selections, 2):
                first, second = asked.selections[a], asked.selections[b]
                found = spread.agreement(first, second)
                yield {
                    "seed": seed,
                    "cycle": cycle,
                    "a": a,
                    "b": b,
                    "picks": round(float(asked.jaccard.loc[a, b]), 4),
                    "scores": rounded(asked.spearman.loc[a, b]),
                    "agree": rounded(found.weighted),
                    "agree_plain": rounded(found.plain),
                    "accuracy_agree": rounded(found.accuracy_agree),
                    "accuracy_disagree": rounded(found.accuracy_disagree),
                }
        tell(start, f"agreement at the cycles of {run.name}")


def rounded(value: Any) -> float | None:
    """Return a number as JSON says it in short."""
    return round(float(value), 4) if np.isfinite(value) else None


# -- what is kept -------------------------------------------------------------------------------------------


def thin(run: alviz.Run, folder: Path, keep: tuple[str, ...], last: tuple[str, ...]) -> None:
    """Write a run folder anew with fewer and rounder arrays; everything that was decided stays as it was.

    As in any run, more may be there of the `last` fit.
    """
    header = read_json(run.path / "run.json")
    header["config"]["keep"] = [name for name in alviz.store.stages.ALL if name in keep]
    folder.mkdir(parents=True)
    write_json(folder / "run.json", header)
    slim = alviz.Run(folder, header)
    newest = f"{run.fitted - 1:04d}"
    for record in sorted(run.path.glob("cycles/*/*/*.json")):
        stage = folder / record.parent.relative_to(run.path)
        stage.mkdir(parents=True)
        told = read_json(record)
        for name, about in list(told["arrays"].items()):
            if name.startswith("extra_") and math.prod(about["shape"]) > WIDEST * run.size:
                del told["arrays"][name]
            elif "at" not in about and (
                slim.keeps(name) or (newest in record.parts and name.partition("_")[0] in last)
            ):
                told["arrays"][name] = kept(record.parent / about["file"], stage / about["file"], name)
        write_json(stage / record.name, told)
    for file in run.path.glob("*.jsonl"):
        shutil.copy(file, folder / file.name)
    for file in sorted(run.path.glob("maps/*")):
        (folder / "maps").mkdir(exist_ok=True)
        if file.suffix == ".npy":
            found = cache.read(file)
            assert found is not None
            cache.write(folder / "maps" / file.stem, found, small=True)
        elif not file.with_suffix(".npy").exists():
            shutil.copy(file, folder / "maps" / file.name)


def kept(source: Path, target: Path, name: str) -> dict[str, Any]:
    """Write an array, rounded if it is one of numbers for all examples; return what the record says of it."""
    array = np.load(source, allow_pickle=False)
    if name == "probs":
        array = array.astype(np.float16)
    elif name == "scores":
        array = fewer_bits(array)
    return write_array(target, array)


def fewer_bits(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return numbers rounded to 11 bits behind the first, which a zip packs into half the room."""
    bits = array.view(np.uint32)
    round_up = np.uint32(1 << 11)
    return np.where(np.isfinite(array), ((bits + round_up) & np.uint32(0xFFFFF000)).view(np.float32), array)


def tell(start: float, words: str) -> None:
    """Say how far it is."""
    print(f"{time.perf_counter() - start:6.0f} s  {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
