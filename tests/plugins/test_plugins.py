"""What other packages add: a real one installed by pip, and ones that are wrong in one way each."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from alviz.errors import InvalidInput, NameClash, UnknownName
from alviz.registry import PartRegistry, Registry
from alviz.samplers import Sampler

ADDED = {"samplers": "typical", "learners": "nearest_mean", "maps": "axes", "datasets": "blobs"}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package is installed into."""
    if find_spec("pip") is None:
        pytest.skip("pip is not installed: nothing can install the package")
    folder = tmp_path_factory.mktemp("plugins")
    # A copy: building leaves files beside the sources.
    source = shutil.copytree(Path(__file__).parent / "package", folder / "package")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index")
    command = [sys.executable, "-m", "pip", "install", *quiet, "--target", str(folder / "site"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def python(program: str, site: Path, cwd: Path, **environment: str) -> Any:
    """Run a program that sees the package; return what its last line prints as JSON."""
    paths = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    kept = {name: value for name, value in os.environ.items() if name != "ALVIZ_PLUGINS"}
    environment = {**kept, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "COLUMNS": "160", **environment}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# How alviz is used, and what it tells: listed, checked, run by name, resumed by name, explored.
USE = """
import contextlib, io, json
import alviz, alviz.testing
from alviz.cli import main

def told(*command):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(command) == 0
    return out.getvalue()

def descendants(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from descendants(child)

kinds = {"samplers": alviz.samplers, "learners": alviz.learners, "maps": alviz.maps, "datasets": alviz.datasets}
alviz.testing.check_sampler(alviz.samplers.make("typical"))
alviz.testing.check_learner(alviz.learners.make("nearest_mean"))
listed = told("samplers")
run = ["run", "--data", "blobs", "--learner", "nearest_mean", "--sampler", "typical", "--initial", "6", "--budget", "4"]
told(*run, "--until", "1", "--out", "run")
shown = told(*run, "--until", "2", "--out", "run")
runner = alviz.CycleRunner.resume("run")
runner.run(until=3)
explorer = alviz.Explorer(runner)
assert explorer.wait(120)
options = [option for widget in descendants(explorer) for option in getattr(widget, "options", ())]
values = {option[1] if isinstance(option, tuple) else option for option in options}
print(json.dumps({
    "names": {kind: module.names() for kind, module in kinds.items()},
    "sources": {kind: module.registry.sources() for kind, module in kinds.items()},
    "listed": listed,
    "shown": shown,
    "fitted": runner.history.fitted,
    "made": [type(runner.learner).__name__, type(runner.sampler).__name__, type(alviz.maps.make("axes")).__name__],
    "pool": runner.pool.name,
    "accuracy": runner.history.record(3).metrics["accuracy"],
    "offered": sorted({"typical", "axes"} & values),
}))
"""

WITHOUT = """
import json
import alviz
from alviz.errors import AlvizError

kinds = {"samplers": alviz.samplers, "learners": alviz.learners, "maps": alviz.maps, "datasets": alviz.datasets}
refused = []
for tried in (lambda: alviz.samplers.make("typical"), lambda: alviz.CycleRunner.resume("run")):
    try:
        tried()
    except AlvizError as error:
        refused.append(str(error))
print(json.dumps({"names": {kind: module.names() for kind, module in kinds.items()}, "refused": refused}))
"""


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workplace")


@pytest.fixture(scope="session")
def told(site: Path, workplace: Path) -> Any:
    return python(USE, site, workplace)


def test_all_kinds_are_found_by_name_and_source(told: Any) -> None:
    for kind, name in ADDED.items():
        assert name in told["names"][kind]
        assert told["sources"][kind][name] == "alviz-example"


def test_the_command_line_lists_and_runs_them(told: Any) -> None:
    assert "typical" in told["listed"]
    assert "power=2.0" in told["listed"]
    assert "4 by typical" in told["shown"]


def test_a_recorded_run_resumes_by_name(told: Any) -> None:
    assert told["made"] == ["NearestMean", "Typical", "Axes"]
    assert (told["pool"], told["fitted"]) == ("blobs", 4)
    # Three corners 4.2 apart, normal noise of 1: nearest means err on few.
    assert told["accuracy"] >= 0.85


def test_the_explorer_offers_them(told: Any) -> None:
    assert told["offered"] == ["axes", "typical"]


def test_alviz_plugins_0_leaves_them_out(told: Any, site: Path, workplace: Path) -> None:
    without = python(WITHOUT, site, workplace, ALVIZ_PLUGINS="0")
    for kind, name in ADDED.items():
        assert set(told["names"][kind]) - set(without["names"][kind]) >= {name}
    unknown, resumed = without["refused"]
    assert "no sampler named 'typical'" in unknown
    assert "no learner named 'nearest_mean'" in resumed
    assert "Pass it: CycleRunner.resume(path, learner=...)" in resumed


def install(folder: Path, package: str, module: str, source: str, points: str) -> None:
    """Put a package where `folder` is on the path, as an installer leaves it."""
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(source)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[alviz.tried]\n{points}\n")


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install a module as the package ``tried`` and return a registry of its group."""
    monkeypatch.delenv("ALVIZ_PLUGINS", raising=False)
    monkeypatch.syspath_prepend(tmp_path)

    def make(source: str, points: str, package: str = "tried") -> PartRegistry[Sampler]:
        module = f"{package}_module"
        monkeypatch.delitem(sys.modules, module, raising=False)
        install(tmp_path, package, module, source, points)
        return PartRegistry("sampler", Sampler, {"margin": "alviz.samplers.margin:Margin"}, group="alviz.tried")

    yield make
    for name in [name for name in sys.modules if name.endswith("_module")]:
        monkeypatch.delitem(sys.modules, name)


NAMED = """
from alviz.samplers import Random
class Mine(Random):
    name = "mine"
def function():
    pass
number = 7
"""


def test_two_packages_with_one_name_are_named_both(tried: Any) -> None:
    tried(NAMED, "mine = tried_module:Mine")
    registry = tried(NAMED, "mine = other_module:Mine", package="other")
    for ask in (registry.names, registry.sources, lambda: registry.get("mine"), lambda: registry.get("margin")):
        with pytest.raises(NameClash) as clash:
            ask()
        assert "'tried'" in str(clash.value)
        assert "'other'" in str(clash.value)
        assert "sampler named 'mine'" in str(clash.value)
        assert "ALVIZ_PLUGINS=0" in str(clash.value)


def test_one_thing_that_two_packages_name_is_no_clash(tried: Any) -> None:
    tried(NAMED, "mine = tried_module:Mine")
    assert tried("", "mine = tried_module:Mine", package="renamed").get("mine").name == "mine"


def test_a_name_of_alviz_itself_is_taken(tried: Any) -> None:
    with pytest.raises(NameClash, match="Both alviz itself and the package 'tried' have a sampler named 'margin'"):
        tried(NAMED, "margin = tried_module:Mine").names()


@pytest.mark.parametrize(
    ("source", "point", "told"),
    [
        ("import nowhere_to_be_found", "mine = tried_module:Mine", "ModuleNotFoundError: No module named 'nowhere"),
        ("1 / 0", "mine = tried_module:Mine", "ZeroDivisionError: division by zero"),
        ("def f(:", "mine = tried_module:Mine", "SyntaxError: "),
        ("", "mine = tried_module:Mine", "AttributeError: .*no attribute 'Mine'"),
    ],
    ids=["import", "raises", "syntax", "attribute"],
)
def test_a_module_that_cannot_be_loaded_is_told_with_its_package(
    source: str, point: str, told: str, tried: Any
) -> None:
    registry = tried(source, point)
    assert registry.names() == ["margin", "mine"], "a name costs no import"
    assert registry.get("margin").name == "margin"
    message = rf"sampler 'mine' of the package 'tried' cannot be loaded from 'tried_module:Mine': {told}"
    with pytest.raises(InvalidInput, match=message):
        registry.make("mine")


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ("other = tried_module:Mine", "registers a sampler as 'other' that calls itself 'mine'"),
        ("mine = tried_module:function", "'mine' of the package 'tried' is <function .*expected a class that inherits"),
        ("mine = tried_module:number", "'mine' of the package 'tried' is 7, expected a function or class"),
    ],
)
def test_what_is_no_part_of_that_name_is_refused(point: str, told: str, tried: Any) -> None:
    with pytest.raises(InvalidInput, match=told):
        tried(NAMED, point).get(point.partition(" ")[0])


def test_a_part_is_found_again_by_what_its_record_says(tried: Any) -> None:
    registry = tried(NAMED, "mine = tried_module:Mine")
    mine = registry.make("mine")
    assert registry.make(mine.config()) == mine
    assert registry.sources() == {"mine": "tried"}
    with pytest.raises(UnknownName, match="Did you mean 'mine'"):
        registry.get("mines")


def test_alviz_plugins_0_is_read_where_names_are(tried: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = tried("1 / 0", "margin = tried_module:Mine")
    monkeypatch.setenv("ALVIZ_PLUGINS", "0")
    assert registry.names() == ["margin"]
    assert Registry[Any]("network", {}).names() == []
