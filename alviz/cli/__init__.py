"""The command line: ``alviz run``, ``sweep``, ``show``, ``figure``, ``report``, ``labels``, ``lab`` and what lists."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from alviz.cli.figuring import add_figure
from alviz.cli.lab import lab
from alviz.cli.labeling import add_labels
from alviz.cli.presetting import add_presets
from alviz.cli.reporting import add_report
from alviz.cli.running import run
from alviz.cli.showing import info, samplers, show
from alviz.cli.sweeping import add_sweep
from alviz.errors import AlvizError

# Exit codes, beside 0: what the user gave cannot work, and stopped by Ctrl-C.
_REFUSED = 2
_INTERRUPTED = 130

_EXAMPLES = """examples:
  alviz run --data digits --sampler core_gcn --until 8 --out runs/core
  alviz run --data mnist:DATA --sampler entropy --initial 100 --budget 100 --until 9 --out runs/mnist
  alviz run --data image-folder:photos.zip --set data.size=32 --learner resnet18 --out runs/photos
  alviz run --data parquet:table.parquet --set data.label=species --learner linear --out runs/table
  alviz run --sampler uncertain_gcn --set sampler.s_margin=0.2 --set learner.epochs=30 --out runs/margin
  alviz show runs/core
  alviz sweep digits.toml --workers 2
  alviz show sweeps/digits
  alviz figure selection-grid runs/core --cycles 1 4 -o grid.pdf
  alviz report runs/core runs/margin -o report.html --compare entropy
  alviz run --data image-folder:photos --set data.classes="['cat','dog']" --oracle human --out runs/mine
  alviz lab --label runs/mine
  alviz labels export runs/mine -o labels.csv
  alviz lab runs/core
"""

_DATA = (
    "digits; mnist, fashion_mnist, kmnist, cifar10, cifar100 or svhn with the folder of torchvision's files; "
    "image-folder with a folder or a zip; parquet, arrow, npy or npz with a file (default: %(default)s)"
)
_INITIAL = (
    "how many labels to start from, or 'balanced', or 'known': all that the data holds (default: 20; where you answer, "
    "what the data holds if it holds a part, else 0)"
)
_SET = "a parameter of the data, learner, sampler or oracle, for example sampler.s_margin=0.2; may be repeated"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, 2 for what cannot work, 130 after Ctrl-C."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.command(arguments))
    except AlvizError as error:
        print(f"alviz: {error}", file=sys.stderr)
        return _REFUSED
    except KeyboardInterrupt:
        print("alviz: interrupted; the same command goes on from the last finished step.", file=sys.stderr)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="alviz",
        description="Run active-learning cycles, and watch them choose.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("run", help="run cycles into a folder, or go on with one that is there")
    one.add_argument("--data", default="digits", metavar="NAME[:PATH]", help=_DATA)
    one.add_argument("--learner", default="supervised", help="see alviz.learners.names() (default: %(default)s)")
    one.add_argument("--sampler", default="random", help="see `alviz samplers` (default: %(default)s)")
    one.add_argument(
        "--oracle", default="truth", help="who answers: truth, noisy, or human: you do (default: %(default)s)"
    )
    one.add_argument("--set", action="append", default=[], metavar="KIND.NAME=VALUE", help=_SET)
    one.add_argument("--initial", help=_INITIAL)
    one.add_argument("--budget", type=int, default=20, help="labels per acquisition (default: %(default)s)")
    one.add_argument("--subset", type=int, help="candidates drawn per cycle (default: all)")
    one.add_argument("--seed", type=int, default=0, help="names every random stream (default: %(default)s)")
    one.add_argument("--until", type=int, default=8, help="acquisitions in all, then a last fit (default: %(default)s)")
    one.add_argument("--out", required=True, type=Path, help="the run folder")
    one.set_defaults(command=run)

    table = commands.add_parser("show", help="print a run, or the ranking of a sweep, as a table")
    table.add_argument("run", type=Path, metavar="RUN", help="the folder of a run or a sweep")
    table.set_defaults(command=show)

    add_figure(commands)
    add_report(commands)
    add_labels(commands)
    add_sweep(commands)
    add_presets(commands)

    parts = commands.add_parser("samplers", help="list the samplers and their parameters")
    parts.set_defaults(command=samplers)

    about = commands.add_parser("info", help="versions, devices, plugins and paths")
    about.set_defaults(command=info)

    explore = commands.add_parser("lab", help="open JupyterLab on an explorer of runs, or on a notebook")
    explore.add_argument("runs", type=Path, nargs="*", metavar="RUN", help="run folders to explore")
    explore.add_argument("--notebook", type=Path, help="open this notebook instead")
    explore.add_argument("--label", action="store_true", help="label them: a run whose oracle is human goes on")
    explore.add_argument("--port", type=int, default=8888, help="the next free one is taken (default: %(default)s)")
    explore.add_argument("--no-browser", action="store_true", help="only print the address")
    explore.set_defaults(command=lab)
    return parser
