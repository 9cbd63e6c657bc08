"""``alviz figure``: the papers' figures from run folders, into a file."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alviz.errors import InvalidInput

if TYPE_CHECKING:
    from alviz.samplers import Sampler
    from alviz.store import Run

_EXAMPLES = """examples:
  alviz figure selection-grid runs/core runs/random --cycles 1 4 -o grid.pdf
  alviz figure accuracy-curves runs/core-0 runs/core-1 runs/random-0 runs/random-1 --ceiling 0.98 -o accuracy.pdf
  alviz figure agreement-table runs/core --cycles 1 2 --samplers entropy random coreset -o agreement.svg
  alviz figure hyperparameter-curves runs/k-* --parameter k --at 100 -o k.png

Runs that differ in their seed alone become one line, a mean in its band. Files are drawn by a Chrome or Chromium,
without a network; BROWSER_PATH tells where one is.
"""


def add_figure(commands: Any) -> None:
    """Add ``figure`` and its kinds to the commands."""
    figure = commands.add_parser(
        "figure",
        help="draw a paper's figure from runs into a PDF, SVG or PNG file",
        description="Draw a paper's figure from runs into a file.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = figure.add_subparsers(required=True, metavar="KIND")

    kind = _kind(kinds, "selection-grid", "maps of what was picked: runs in rows, cycles in columns", _selection_grid)
    kind.add_argument("--cycles", type=int, nargs="+", default=[1, 4], metavar="K", help="(default: 1 4)")
    kind.add_argument("--samplers", nargs="+", metavar="NAME", help="of one run: what each of these would pick instead")
    kind.add_argument("--map", default="tsne", help="tsne, umap or pca (default: %(default)s)")

    kind = _kind(kinds, "accuracy-curves", "a metric against labels, means and deviations over seeds", _accuracy_curves)
    _add_metric(kind)
    kind.add_argument("--ceiling", type=float, metavar="SHARE", help="the metric with all labels, such as 0.98")

    kind = _kind(kinds, "adjacency-curves", "how often neighbors are of one class, against labels", _adjacency_curves)
    kind.add_argument("--k", type=int, default=20, help="neighbors per example (default: %(default)s)")
    kind.add_argument("--weighted", action="store_true", help="count every edge by its similarity")

    kind = _kind(kinds, "agreement-table", "do samplers' answers lead to the same pseudo-labels?", _agreement_table, 1)
    _add_asked(kind, "the first is the reference")

    kind = _kind(kinds, "rank-scatter", "the candidates' ranks under two samplers", _rank_scatter, 1)
    _add_asked(kind, "two of them", several=False)
    kind.add_argument("--share", type=float, default=0.05, help="of candidates drawn, 0 to 1 (default: %(default)s)")

    kind = _kind(kinds, "sample-sheet", "pictures: initial, unlabeled and selected", _sample_sheet, 1)
    kind.add_argument("--cycle", type=int, required=True, metavar="K")
    kind.add_argument("--count", type=int, default=20, help="pictures per block (default: %(default)s)")
    kind.add_argument("--columns", type=int, default=10, help="pictures in a row (default: %(default)s)")

    kind = _kind(kinds, "hyperparameter-curves", "a metric by the values of one parameter", _hyperparameter_curves)
    kind.add_argument("--parameter", required=True, metavar="NAME", help="such as k, learner.epochs or budget")
    kind.add_argument("--at", type=int, metavar="LABELS", help="against the values, at so many labels")
    _add_metric(kind)


def _kind(
    kinds: Any, name: str, help: str, draw: Callable[[argparse.Namespace, Any], Any], most: int | None = None
) -> argparse.ArgumentParser:
    """Add a kind of figure with what all have: runs, the file, its width."""
    parser: argparse.ArgumentParser = kinds.add_parser(name, help=help, description=f"Draw {help}.")
    parser.add_argument("runs", type=Path, nargs="+" if most is None else most, metavar="RUN", help="a run folder")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="ends in .pdf, .svg or .png")
    parser.add_argument("--width", default="column", help="column (3.25 in), text (6.75 in) or a number of inches")
    parser.add_argument("--dpi", type=int, default=300, help="dots per inch of a PNG (default: %(default)s)")
    parser.add_argument("--data", metavar="NAME[:PATH]", help="the pool, where the run cannot load it by itself")
    parser.set_defaults(command=figure, draw=draw)
    return parser


def _add_metric(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--metric", default="accuracy", help="a column of `alviz show` (default: %(default)s)")


def _add_asked(parser: argparse.ArgumentParser, which: str, several: bool = True) -> None:
    if several:
        parser.add_argument("--cycles", type=int, nargs="+", required=True, metavar="K")
    else:
        parser.add_argument("--cycle", type=int, required=True, metavar="K")
    parser.add_argument(
        "--samplers",
        nargs="+",
        required=True,
        metavar="NAME",
        help=f"see `alviz samplers`; {which}; with parameters as NAME:K=5,M=2",
    )


def figure(arguments: argparse.Namespace) -> int:
    """Draw what the arguments say and say where it stands."""
    from alviz import paper
    from alviz.paper.saving import browser, check_target
    from alviz.store import Run

    # All that can be refused, before maps and graphs are computed.
    target = check_target(arguments.out)
    browser()
    arguments.width = _width(arguments.width)
    arguments.pool = _pool(arguments.data)
    runs = [Run.open(path, arguments.pool) for path in arguments.runs]
    drawn = arguments.draw(arguments, runs)
    paper.save(drawn, target, dpi=arguments.dpi)
    inches = (drawn.layout.width / 96, drawn.layout.height / 96)
    print(f"{target}: {inches[0]:.2f} × {inches[1]:.2f} in, {target.stat().st_size / 1000:,.0f} kB")
    return 0


def _width(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _pool(spec: str | None) -> Any:
    if spec is None:
        return None
    from alviz import datasets

    return datasets.load(spec)


def _samplers(given: list[str] | None) -> list[Sampler] | None:
    """Return samplers by ``NAME`` or ``NAME:PARAMETER=VALUE,...``."""
    from alviz import samplers
    from alviz.cli.running import part

    if given is None:
        return None
    found = []
    for text in given:
        name, _, told = text.partition(":")
        params = {}
        for setting in filter(None, told.split(",")):
            key, equals, value = setting.partition("=")
            if not equals:
                raise InvalidInput(f"--samplers {text}: expected NAME:PARAMETER=VALUE, for example revival:k=5.")
            try:
                params[key] = ast.literal_eval(value)
            except (ValueError, SyntaxError):
                params[key] = value
        found.append(part(samplers.registry, name, params))
    return found


def _selection_grid(arguments: argparse.Namespace, runs: list[Run]) -> Any:
    from alviz.paper import selection_grid

    asked = _samplers(arguments.samplers)
    return selection_grid(
        runs, arguments.cycles, samplers=asked, method=arguments.map, pool=arguments.pool, width=arguments.width
    )


def _accuracy_curves(arguments: argparse.Namespace, runs: list[Run]) -> Any:
    from alviz.paper import accuracy_curves

    return accuracy_curves(runs, metric=arguments.metric, ceiling=arguments.ceiling, width=arguments.width)


def _adjacency_curves(arguments: argparse.Namespace, runs: list[Run]) -> Any:
    from alviz.paper import adjacency_curves

    return adjacency_curves(runs, arguments.k, weighted=arguments.weighted, pool=arguments.pool, width=arguments.width)


def _agreement_table(arguments: argparse.Namespace, runs: list[Run]) -> Any:
    from alviz.paper import agreement_table

    asked = _samplers(arguments.samplers)
    return agreement_table(runs[0], arguments.cycles, asked, pool=arguments.pool, width=arguments.width)


def _rank_scatter(arguments: argparse.Namespace, runs: list[Run]) -> Any:
    from alviz.compare import compare
    from alviz.paper import rank_scatter

    asked = _samplers(arguments.samplers) or []
    if len(asked) != 2:
        raise InvalidInput(f"--samplers: a rank scatter is of two samplers, got {len(asked)}.")
    found = compare(runs[0], arguments.cycle, asked, pool=arguments.pool)
    return rank_scatter(found, share=arguments.share, width=arguments.width)


def _sample_sheet(arguments: argparse.Namespace, runs: list[Run]) -> Any:
    from alviz.paper import sample_sheet

    return sample_sheet(
        runs[0], arguments.cycle, count=arguments.count, columns=arguments.columns, width=arguments.width
    )


def _hyperparameter_curves(arguments: argparse.Namespace, runs: list[Run]) -> Any:
    from alviz.paper import hyperparameter_curves

    return hyperparameter_curves(
        runs, arguments.parameter, metric=arguments.metric, at=arguments.at, width=arguments.width
    )
