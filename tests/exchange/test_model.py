"""An exported model, used by the program that comes with it, says what the run recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import runs
from exchange import hostile
from exchange.networks import Own, colorful

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.errors import ArrayDropped, DiskFull, InvalidInput, PoolMissing
from alviz.exchange import export_labels, export_model, import_labels
from alviz.learners import Fit, Supervised
from alviz.learners.linear import Linear
from alviz.snapshot import Snapshot

# What somebody does with the folder: import load.py, predict, nothing of alviz's runs.
_USE = """
import sys, numpy as np
sys.path[:0] = sys.argv[3:]
import load
np.save(sys.argv[2], load.predict(np.load(sys.argv[1])))
print([name for name in sys.modules if name.split(".")[0] in ("alviz", "torch")][:200])
"""


def predicted(folder: Path, X: np.ndarray[Any, Any], *paths: Path) -> tuple[np.ndarray[Any, Any], str]:
    """Return what load.py predicts in a process of its own, as written, and which modules it took."""
    given, out = folder.parent / "X.npy", folder.parent / "p.npy"
    np.save(given, X)
    command = [sys.executable, "-W", "error", "-c", _USE, str(given), str(out), str(folder), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return np.load(out), done.stdout


def colors(n: int = 40) -> Pool:
    X = np.random.default_rng(1).integers(0, 256, (n, 9, 6, 3)).astype(np.uint8)
    X[..., 1] //= 4  # channels that differ in scale
    return alviz.datasets.arrays(X, np.arange(n) % 3, classes=["red", "<b>", "blue"], name="colors")


def check(runner: CycleRunner, tmp_path: Path, *paths: Path) -> tuple[Path, str]:
    run = runner.run(until=1)
    folder = export_model(run, tmp_path / "model")
    probs = run.snapshot(1).probs
    assert probs is not None
    found, modules = predicted(folder, runner.pool.X[:20], *paths)
    assert found.shape == probs[:20].shape
    np.testing.assert_allclose(found, probs[:20], rtol=0, atol=1e-5)
    assert np.ptp(probs[:20, 0]) > 1e-3, "a model that says the same of all proves nothing"
    return folder, modules


FEW: dict[str, Any] = {"sampler": "random", "initial": 12, "budget": 5, "cross_validate": 0}


@pytest.mark.parametrize("standardize", [True, False])
def test_a_network_on_gray_images(standardize: bool, tmp_path: Path) -> None:
    learner = Supervised(epochs=5, standardize=standardize)
    folder, _ = check(CycleRunner(runs.few(), learner, path=tmp_path / "run", **FEW), tmp_path)
    told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert told["network"] == "alviz.models.small_cnn:SmallCNN"
    assert told["input"] == {"kind": "image", "shape": [8, 8], "dtype": "uint8", "network_shape": [1, 8, 8]}
    assert told["scaling"]["std"] == ([pytest.approx(95, abs=10)] if standardize else [255.0])
    assert told["learner"] == learner.config()
    assert told["classes"] == [str(number) for number in range(10)]
    assert told["run"]["cycle"] == 1
    assert told["run"]["labels"] == 17
    assert 0 < told["metrics"]["accuracy"] < 1


def test_a_network_on_colors(tmp_path: Path) -> None:
    learner = Supervised(epochs=5)
    folder, _ = check(CycleRunner(colors(), learner, path=tmp_path / "run", **FEW), tmp_path)
    told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert told["input"]["network_shape"] == [3, 9, 6]
    assert len(told["scaling"]["mean"]) == 3


def test_resnet_18_with_its_buffers(tmp_path: Path) -> None:
    learner = alviz.learners.ResNet18(epochs=2)
    folder, _ = check(CycleRunner(colors(), learner, path=tmp_path / "run", **FEW), tmp_path)
    assert "from alviz.models.resnet18 import ResNet18 as network" in (folder / "load.py").read_text(encoding="utf-8")


def test_the_13_layer_cnn_with_its_normalized_weights(tmp_path: Path) -> None:
    X = np.random.default_rng(0).integers(0, 256, (40, 12, 13, 3), dtype=np.uint8)
    pool = alviz.datasets.arrays(X, np.arange(40) % 3)
    learner = Supervised(model="cnn13", epochs=3, lr=0.02)
    folder, _ = check(CycleRunner(pool, learner, path=tmp_path / "run", **FEW), tmp_path)
    assert "from alviz.models.cnn13 import CNN13 as network" in (folder / "load.py").read_text(encoding="utf-8")


def test_a_network_on_vectors(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(5, [1, 30, 0.01], (60, 3)).astype(np.float32)
    pool = alviz.datasets.arrays(X, np.arange(60) % 2)
    folder, _ = check(CycleRunner(pool, Supervised(epochs=20), path=tmp_path / "run", **FEW), tmp_path)
    assert "alviz.models.mlp:MLP" in (folder / "model.json").read_text(encoding="utf-8")


def test_a_network_of_ones_own_is_imported_from_where_it_is_defined(tmp_path: Path) -> None:
    learner = Supervised(model=Own.network, epochs=5)
    runner = CycleRunner(runs.few(), learner, path=tmp_path / "run", **FEW)
    folder, modules = check(runner, tmp_path, Path(__file__).parents[1])
    program = (folder / "load.py").read_text(encoding="utf-8")
    assert "# The network is made by exchange.networks:Own.network: that module has to be at hand." in program
    assert "'alviz" not in modules, "only its own module and torch"


@pytest.mark.filterwarnings("ignore:The network reads three channels")
def test_a_network_of_three_channels_reads_gray_images_after_export_too(tmp_path: Path) -> None:
    runner = CycleRunner(runs.few(), Supervised(model=colorful, epochs=5), path=tmp_path / "run", **FEW)
    folder, _ = check(runner, tmp_path, Path(__file__).parents[1])
    assert "inputs[0].expand(-1, 3, -1, -1)" in (folder / "load.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("images", [True, False])
def test_linear_takes_neither_torch_nor_alviz(images: bool, tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(0, 2, (60, 3)).astype(np.float32)
    pool = runs.few() if images else alviz.datasets.arrays(X, (X[:, 0] > 0).astype(int))
    folder, modules = check(CycleRunner(pool, "linear", path=tmp_path / "run", **FEW), tmp_path)
    assert modules.strip() == "[]"
    told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert "scaling" not in told
    assert "network" not in told


def test_the_weights_are_those_recorded_byte_for_byte(fast: Callable[..., CycleRunner], tmp_path: Path) -> None:
    run = fast().run(until=2)
    for cycle in (0, 2):
        folder = export_model(run, tmp_path / "model", cycle, overwrite=True)
        recorded = run.folder(cycle, "fit") / "weights.safetensors"
        assert (folder / "weights.safetensors").read_bytes() == recorded.read_bytes()
        assert json.loads((folder / "model.json").read_text())["run"]["cycle"] == cycle
        found, _ = predicted(folder, run.pool.X[:9])
        np.testing.assert_allclose(found, run.snapshot(cycle).probs[:9], atol=1e-5)  # type: ignore[index]
    assert sorted(path.name for path in tmp_path.iterdir() if "model" in path.name) == ["model"]


def test_a_fork_gives_the_fit_that_it_shares(fast: Callable[..., CycleRunner], tmp_path: Path) -> None:
    runner = fast()
    runner.run(until=1)
    fork = runner.fork(at=1, path=tmp_path / "fork")
    folders = [export_model(each.history, tmp_path / f"model-{each.history.name}") for each in (runner, fork)]
    first, second = ((folder / "weights.safetensors").read_bytes() for folder in folders)
    assert first == second


def test_classes_are_those_that_the_fit_had(tmp_path: Path) -> None:
    path = export_labels(hostile.answered(tmp_path / "labels").history, tmp_path / "labels.csv")
    runner = hostile.runner(tmp_path / "run")
    runner.query()
    import_labels(runner, path, on_conflict="last", add_classes=True)
    runner.label()
    runner.query()
    for cycle, classes in ((0, hostile.CLASSES), (1, (*hostile.CLASSES, "=new, class"))):
        folder = export_model(runner.history, tmp_path / f"model-{cycle}", cycle)
        assert json.loads((folder / "model.json").read_text())["classes"] == list(classes)
        found, _ = predicted(folder, runner.pool.X)
        np.testing.assert_allclose(found, runner.history.snapshot(cycle).probs, atol=1e-5)  # type: ignore[arg-type]


# -- what cannot be exported --------------------------------------------------------------------------


@dataclass(frozen=True)
class Silent(Linear):
    """Records no weights."""

    name: ClassVar[str] = "silent"
    recorded: ClassVar[bool] = False

    def fit(self, *given: Any, **more: Any) -> Fit:
        made = super().fit(*given, **more)
        weights = {"theirs": made.weights["weight"]} if self.recorded else {}
        return Fit(Snapshot(made.snapshot.features, made.snapshot.probs), weights, made.metrics)


@dataclass(frozen=True)
class Telling(Silent):
    """Records weights of its own kind."""

    name: ClassVar[str] = "telling"
    recorded: ClassVar[bool] = True


def test_a_learner_of_somebodys_own_gives_its_arrays(fast: Callable[..., CycleRunner], tmp_path: Path) -> None:
    folder = export_model(fast(learner=Telling()).run(until=1), tmp_path / "model")
    told: dict[str, Any] = {"__file__": str(folder / "load.py")}
    exec((folder / "load.py").read_text(encoding="utf-8"), told)
    assert {name: value.shape for name, value in told["weights"].items()} == {"theirs": (10, 64)}


def test_fits_without_weights(fast: Callable[..., CycleRunner], tmp_path: Path) -> None:
    out = tmp_path / "model"
    with pytest.raises(InvalidInput, match="Run 'run' has no fit yet"):
        export_model(fast().history, out)
    with pytest.raises(InvalidInput, match=r"it learned from no label, or its learner \(silent\) records none"):
        export_model(fast("silent", learner=Silent()).run(until=1), out)
    cold = fast("cold", initial=0)
    cold.query()
    with pytest.raises(InvalidInput, match="has no weights: it learned from no label"):
        export_model(cold.history, out)
    run = fast("dropped", keep=["probs"]).run(until=2)
    with pytest.raises(ArrayDropped, match=r"restore\(0\)"):
        export_model(run, out, cycle=0)
    with pytest.raises(InvalidInput, match="has no fit of cycle 9"):
        export_model(run, out, cycle=9)
    fast("gone").run(until=1)
    with pytest.raises(PoolMissing):
        export_model(Run.open(tmp_path / "gone"), out)
    assert not out.exists()


def test_what_stands_there_is_not_lost(
    fast: Callable[..., CycleRunner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fast().run(until=1)
    mine = tmp_path / "mine"
    mine.mkdir()
    assert export_model(run, mine) == mine  # an empty folder is no matter
    with pytest.raises(InvalidInput, match="is there already: pass overwrite=True"):
        export_model(run, mine)
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "1.png").write_bytes(b"x")
    with pytest.raises(InvalidInput, match="is there already and is no exported model"):
        export_model(run, photos, overwrite=True)
    assert (photos / "1.png").read_bytes() == b"x"

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    before = runs.contents(mine)
    monkeypatch.setattr("alviz.exchange.files.os.fsync", full)
    with pytest.raises(DiskFull):
        export_model(run, mine, 0, overwrite=True)
    assert runs.contents(mine) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "photos", "run"]


def test_a_network_of_a_notebook_or_of_a_function_says_so(tmp_path: Path) -> None:
    from alviz.exchange.loading import loading_example

    about = {"input": {"kind": "vector", "shape": [3], "dtype": "float32"}, "learner": {"name": "supervised"}}
    program = loading_example({**about, "network": "__main__:network"}, [])
    assert (
        "# The network was made by network of a notebook or script: name the module that it stands in now.\n" in program
    )
    assert "from __main__ import network as network" in program
    program = loading_example({**about, "network": "mine:make.<locals>.network"}, [])
    assert "# The network was made by mine:make.<locals>.network, which stands inside a function" in program
    for place in ("mine:Own.network", "mine:<lambda>"):
        compile(loading_example({**about, "network": place}, []), "load.py", "exec")
    compile(program, "load.py", "exec")
    for place in ("mine:x\nimport os", "mine", "mine;x:y", ":network"):
        with pytest.raises(InvalidInput, match="which is no place in a module"):
            loading_example({**about, "network": place}, [])
    program = loading_example({**about, "learner": {"name": 'x"""\nraise SystemExit(3)\n"""'}}, ["a\nb"])
    assert "raise" not in {line.split()[0] for line in program.splitlines() if line.strip()}
