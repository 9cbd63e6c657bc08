"""What an import loads, prints and leaves behind; and life without dgl. Each in a process of its own."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

needs_dgl = pytest.mark.skipif(find_spec("dgl") is None, reason="dgl is not installed")


def python(program: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DGLBACKEND", "PYTHONWARNINGS")}
    environment |= {"HOME": str(home), "OMP_NUM_THREADS": "1", "MPLCONFIGDIR": str(home.parent)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_import_alviz_loads_no_heavy_library(home: Path) -> None:
    heavy = ["torch", "numpy", "scipy", "sklearn", "dgl", "faiss", "pandas", "plotly", "ipywidgets", "openTSNE"]
    done = python(f"import sys, alviz; print([name for name in {heavy} if name in sys.modules])", home)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_listing_parts_loads_no_torch(home: Path) -> None:
    program = "import sys, alviz; alviz.samplers.names(); alviz.learners.names(); print('torch' in sys.modules)"
    assert python(program, home).stdout == "False\n"


ONE_CYCLE = """
import json, sys, warnings
{block}
import alviz
from alviz.samplers import CoreGCN, Revival
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    runner = alviz.CycleRunner(alviz.datasets.digits(), "linear", CoreGCN(graph="knn", k=10, steps=25), budget=5)
    runner.step()
    runner.step()
    first = runner.history.selection(0)
    virtual = runner.ask(0, Revival(steps=25)).extra
notices = [str(w.message) for w in caught if issubclass(w.category, alviz.AlvizWarning)]
print(json.dumps({{"notices": notices, "dgl": sys.modules.get("dgl") is not None, "labels": runner.history.closed,
    "ids": first.ids.tolist(), "confidence": first.extra["confidence"].tolist(),
    "virtual": virtual["virtual_probs"].ravel().tolist(), "losses": virtual["losses"].tolist()}}))
"""
BLOCK = 'sys.modules["dgl"] = None'


def test_without_dgl_one_notice_and_the_same_numbers(home: Path) -> None:
    without = json.loads(python(ONE_CYCLE.format(block=BLOCK), home).stdout)
    assert without["labels"] == 2
    assert not without["dgl"]
    assert len(without["notices"]) == 1
    assert "alviz passes messages with torch instead" in without["notices"][0]
    assert list(home.iterdir()) == []
    if find_spec("dgl") is not None:
        given = json.loads(python(ONE_CYCLE.format(block=""), home).stdout)
        assert given["dgl"]
        assert given["notices"] == []
        assert given["confidence"] == pytest.approx(without["confidence"], abs=1e-4)
        assert given["virtual"] == pytest.approx(without["virtual"], abs=2e-3)
        assert given["losses"] == pytest.approx(without["losses"], rel=1e-4)


@needs_dgl
def test_dgl_is_loaded_without_a_word_or_a_file(home: Path) -> None:
    program = """
import numpy as np
from alviz.graphs import knn_graph
from alviz.graphs.affinity import mean_with_self
import torch
A = mean_with_self(knn_graph(np.eye(4, dtype=np.float32) + 1, 2))
assert torch.allclose((A @ torch.ones(4, 1)), torch.full((4, 1), 2.0))
import sys
assert "dgl" in sys.modules
"""
    done = python(program, home)
    assert (done.stdout, done.stderr) == ("", "")
    assert list(home.iterdir()) == []
