"""What pip installs brings the recorded examples along."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPEN = """
import alviz
run = alviz.Run.example("mnist-lowbudget")
print(alviz.__file__)
print(*alviz.recorded.names(), run.name, len(run.frame()), len(run.pool))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build needs of the checkout, without what was built before."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    for name in ("alviz", "data"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    return source


def test_a_built_wheel_opens_examples_from_any_folder(source: Path, tmp_path: Path) -> None:
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(tmp_path),
        ".",
    ]
    subprocess.run(build, cwd=source, check=True)
    (wheel,) = tmp_path.glob("alviz-*.whl")
    place = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        packed = sorted(name for name in archive.namelist() if name.endswith(".zip"))
        assert packed == ["alviz/recorded/digits.zip", "alviz/recorded/mnist-lowbudget.zip"]
        archive.extractall(place)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(place), "ALVIZ_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", OPEN], cwd=elsewhere, env=environment, capture_output=True, text=True, check=True
    )
    file, told = done.stdout.splitlines()
    assert Path(file).is_relative_to(place)
    assert told == "digits mnist-lowbudget linear-typiclust-0 11 6000"


def test_a_source_distribution_holds_what_the_wheel_needs(source: Path, tmp_path: Path) -> None:
    code = f"from setuptools.build_meta import build_sdist; build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)
    (file,) = tmp_path.glob("alviz-*.tar.gz")
    with tarfile.open(file) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"setup.py", "data/digits.zip", "data/mnist-lowbudget.zip", "data/README.md"} <= names
