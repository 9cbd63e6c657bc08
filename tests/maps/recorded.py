"""A run of three cycles, as far as maps ask for one."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from sklearn.datasets import load_digits


class Recorded:
    """Three cycles of a run that learned digits ever better."""

    seed = 0
    size = 120

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.X = load_digits(return_X_y=True)[0][:120].astype(np.float32)

    def maps_path(self, cycle: int) -> Path:
        return self.folder / "maps"

    def snapshot(self, cycle: int) -> Any:
        noise = np.random.default_rng(cycle).normal(scale=3 - cycle, size=self.X.shape)
        return SimpleNamespace(features=np.maximum(self.X + noise, 0).astype(np.float32))

    def record(self, cycle: int) -> Any:
        return SimpleNamespace(learner={"name": "supervised", "params": {}})

    def labeled(self, cycle: int) -> Any:
        return SimpleNamespace(ids=np.arange(7, 7 + cycle))

    def selection(self, cycle: int) -> Any:
        return SimpleNamespace(ids=np.array([90, 91])) if cycle < 2 else None
