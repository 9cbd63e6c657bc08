"""Two people label one run at once and are killed again and again: python labeler.py RUN ACKNOWLEDGED ANSWERS KILLS.

alviz is imported once; every person is a child that is forked, labels, and tells each answer that was acknowledged in
a file of its own. A killed one begins again with the answer whose acknowledgement it did not see, as a page does.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from alviz import Run
from alviz.labeling import Session

PEOPLE = ("ana", "ben")


def mine(who: int, answers: int) -> list[int]:
    return list(range(who, answers, len(PEOPLE)))


def label(run: str, acknowledged: Path, who: int, answers: int) -> None:
    seen = acknowledged.read_bytes().count(b"\n") if acknowledged.exists() else 0
    told = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    session = Session(Run.open(run), PEOPLE[who])
    for id in mine(who, answers)[seen:]:
        session.answer(id, id % 10)
        os.write(told, f"{id}\n".encode())


def start(run: str, acknowledged: Path, who: int, answers: int) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            label(run, acknowledged, who, answers)
            status = 0
        finally:
            os._exit(status)
    return pid


def main(run: str, folder: Path, answers: int, kills: int) -> None:
    draw = random.Random(0)
    files = [folder / name for name in PEOPLE]
    pids = [start(run, files[who], who, answers) for who in range(len(PEOPLE))]
    # Evenly over each one's work, and a moment after an answer was seen: somewhere within the next ones.
    share = answers / len(PEOPLE) / (kills / len(PEOPLE) + 1)
    killed = [0] * len(PEOPLE)
    while sum(killed) < kills:
        time.sleep(0.001)
        for who, file in enumerate(files):
            if not file.exists() or file.read_bytes().count(b"\n") < (killed[who] + 1) * share:
                continue
            if killed[who] == kills // len(PEOPLE):
                continue
            time.sleep(draw.uniform(0, 0.004))
            os.kill(pids[who], signal.SIGKILL)
            _, ended = os.waitpid(pids[who], 0)
            if os.waitstatus_to_exitcode(ended) != -signal.SIGKILL:
                sys.exit(f"{PEOPLE[who]} was done before kill {killed[who]}")
            killed[who] += 1
            pids[who] = start(run, file, who, answers)
    for pid in pids:
        _, ended = os.waitpid(pid, 0)
        if ended:
            sys.exit(f"a person ended with {ended}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
