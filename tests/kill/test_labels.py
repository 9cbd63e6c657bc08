"""People who label are killed in mid-work: no acknowledged answer is lost, none is there twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import alviz
from alviz import CycleRunner, Run

ANSWERS, KILLS = 10_000, 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")
def test_ten_thousand_answers_with_fifty_kills(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(ANSWERS, 3)).astype(np.float32)
    pool = alviz.datasets.arrays(X, np.full(ANSWERS, -1), classes=[str(label) for label in range(10)])
    CycleRunner(pool, "linear", "random", oracle="human", path=tmp_path / "run").close()
    script = Path(__file__).with_name("labeler.py")
    subprocess.run(
        [sys.executable, str(script), str(tmp_path / "run"), str(tmp_path), str(ANSWERS), str(KILLS)],
        env={**os.environ, "PYTHONPATH": str(script.parents[2]), "PYTHONWARNINGS": "ignore"},
        check=True,
        timeout=240,
    )
    run = Run.open(tmp_path / "run")
    told = run.label_book()
    written = Counter(answer["id"] for answer in told)
    acknowledged = [int(line) for who in ("ana", "ben") for line in (tmp_path / who).read_text().split()]
    assert sorted(set(acknowledged)) == list(range(ANSWERS))
    assert set(written) == set(range(ANSWERS))
    assert set(written.values()) == {1}
    assert all(answer["label"] == answer["id"] % 10 for answer in told)
    assert all(answer["who"] == ("ana", "ben")[answer["id"] % 2] for answer in told)
    assert run.book.look().conflicts() == []
    assert not run.book.mend()
