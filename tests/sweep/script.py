"""A script as users write them, with a learner of its own: python script.py FOLDER LOG GRID."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import ClassVar

import runs
import workers

import alviz


@dataclass(frozen=True)
class Mine(workers.Counting):
    name: ClassVar[str] = "mine"

    def gained(self) -> str:
        return "pickled by value: no other process can import __main__"


if __name__ == "__main__":
    mine = Mine(log=sys.argv[2], seconds=1.0)
    alviz.sweep(runs.few(), learners={"mine": mine}, out=sys.argv[1], workers=2, **json.loads(sys.argv[3]))
