"""scikit-activeml's query strategies as samplers (Kottke et al. scikit-activeml. Preprints, 2021).

A strategy sees the learner's features as X, and the labels of the labeled as y. One that wants a classifier gets one
that looks the recorded probabilities up, row by row: nothing is trained. So strategies that train the classifier
themselves, or ask it about examples that are not in the pool, are refused in a sentence, as are those that want
something else (an ensemble, a regressor).
"""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.errors import AlvizError, InvalidInput
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.selection import Selection

# What a strategy calls the classifier that it wants.
_CLASSIFIER = ("clf", "estimator")


@dataclass(frozen=True)
class ScikitActiveML(Sampler):
    """Ask a query strategy of scikit-activeml; `alviz.samplers.from_skactiveml` makes one of an instance.

    The score is the strategy's first utility of each candidate (where it gives none, a little less than the least);
    ``extra["gain"]`` is each pick's utility when it was picked, 0 where that is not finite; ``extra["warnings"]`` what
    it warned of. Its random state, and numpy's global one, which some strategies draw from, are seeded from the query's
    stream; the latter is put back. It cannot be stopped while it works.
    """

    name: ClassVar[str] = "scikit_activeml"
    deterministic: ClassVar[bool] = False
    stoppable: ClassVar[bool] = False
    leisurely: ClassVar[bool] = True

    strategy: str = parameter("UncertaintySampling", "the class in skactiveml.pool")
    settings: str = parameter("{}", "its parameters, as JSON")

    @property
    def needs(self) -> frozenset[str]:
        """Features, and probabilities for a strategy that wants a classifier."""
        # Without scikit-activeml this is what most want: lists name this sampler all the same, and `select` says so.
        wanted = arguments_of(self.strategy) if find_spec("skactiveml") else _CLASSIFIER
        return frozenset({"features", "probs"} if set(wanted) & set(_CLASSIFIER) else {"features"})

    def select(self, query: Query) -> Selection:
        """Hand the query over, and bring the answer back."""
        features, arguments = query.features, {}
        for name in arguments_of(self.strategy):
            if name in _CLASSIFIER:
                arguments[name] = _recorded()(features, query.probs)
            elif name.startswith("fit_"):
                arguments[name] = False
        targets = np.full(query.size, np.nan)
        targets[query.labels.ids] = query.labels.values
        query.progress(0, 1)
        with _numpy_stream(query.rng) as state, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            picks, utilities = self._ask(
                state, features, targets, candidates=query.candidates, batch_size=query.n, **arguments
            )
        if warned:
            query.log("warnings", "; ".join(sorted({str(warning.message) for warning in warned})))
        query.progress(1, 1)
        first = utilities[0, query.candidates]
        known = np.isfinite(first)
        first[~known] = first[known].min() - 1 if known.any() else 0
        gain = utilities[np.arange(len(picks)), picks]
        picks, gain = _each_once(picks, gain, query.candidates[np.argsort(-first, kind="stable")])
        extra = {"gain": np.where(np.isfinite(gain), gain, 0).astype(np.float32)}
        return Selection(picks, spread(query, first), extra)

    def _ask(self, state: int, *data: Any, **arguments: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return picks (n,) and utilities (n, N), or say why there are none."""
        try:
            settings = json.loads(self.settings)
            strategy = _strategy(self.strategy)(**settings, random_state=state)
            picks, utilities = strategy.query(*data, return_utilities=True, **arguments)
        except AlvizError:
            raise
        except (ValueError, TypeError, AttributeError, NotImplementedError) as error:
            raise InvalidInput(
                f"scikit-activeml's {self.strategy} with {self.settings} does not answer: {error}"
            ) from error
        return np.asarray(picks, dtype=np.int64), np.array(utilities, dtype=np.float64)


def settings_of(strategy: Any) -> str:
    """Return, as JSON, the parameters of an instance that differ from the defaults; never its random state.

    Raises
    ------
    InvalidInput
        For a parameter that no record could hold, a function or an array.
    """
    usual = {name: p.default for name, p in inspect.signature(type(strategy)).parameters.items()}
    given = {
        name: value
        for name, value in strategy.get_params(deep=False).items()
        if name not in ("random_state", "missing_label") and value is not usual[name] and value != usual[name]
    }
    try:
        return json.dumps(given, sort_keys=True)
    except TypeError as error:
        raise InvalidInput(
            f"{type(strategy).__name__} has parameters that a record could not hold: {given}. Expected numbers, text, "
            "and lists of them."
        ) from error


def _pool_module() -> Any:
    """Return skactiveml.pool, or say how it comes here."""
    try:
        return import_module("skactiveml.pool")
    except ImportError as error:
        raise InvalidInput(
            f"scikit-activeml cannot be imported ({error}). Install it with pip install scikit-activeml."
        ) from error


def _strategy(name: str) -> Any:
    """Return the class of a strategy for one annotator by its name."""
    found = getattr(_pool_module(), name, None)
    if not (isinstance(found, type) and hasattr(found, "query")):
        raise InvalidInput(f"skactiveml.pool has no query strategy {name!r}.")
    return found


@cache
def arguments_of(strategy: str) -> tuple[str, ...]:
    """Return the names of what a strategy's query takes; refuse what no recorded cycle has.

    Raises
    ------
    InvalidInput
        Without scikit-activeml, for an unknown strategy, and for one that wants more than a classifier.
    """
    taken = inspect.signature(_strategy(strategy).query).parameters
    known = {"self", "X", "y", "args", "kwargs", *_CLASSIFIER}
    foreign = [name for name, argument in taken.items() if argument.default is argument.empty and name not in known]
    if foreign:
        raise InvalidInput(
            f"scikit-activeml's {strategy} wants {', '.join(foreign)}, and a cycle has a classifier's probabilities "
            "only. Choose another strategy."
        )
    return tuple(taken)


@contextmanager
def _numpy_stream(rng: np.random.Generator) -> Iterator[int]:
    """Give a seed, and seed numpy's global generator too, until the block ends: k-means there knows no other."""
    seed = int(rng.integers(2**31))
    kept = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield seed
    finally:
        np.random.set_state(kept)  # noqa: NPY002


@cache
def _recorded() -> Any:
    """Return the class of the classifier that answers with recorded probabilities."""
    _pool_module()
    base: Any = import_module("skactiveml.base").SkactivemlClassifier

    class Recorded(base):  # type: ignore[misc]
        """Answers with the probabilities of the row of `features` that equals the one asked about, the first such."""

        def __init__(
            self,
            features: Any = None,
            probs: Any = None,
            classes: Any = None,
            missing_label: Any = np.nan,
            cost_matrix: Any = None,
            random_state: Any = None,
        ) -> None:
            classes = list(range(probs.shape[1])) if classes is None else classes
            super().__init__(classes, missing_label, cost_matrix, random_state)
            self.features, self.probs = features, probs
            self.classes_, self.cost_matrix_ = np.array(classes), 1 - np.eye(len(classes))
            self.rows_: dict[bytes, int] = {}

        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            raise InvalidInput(
                "This strategy of scikit-activeml trains the classifier itself, and a recorded cycle is never trained "
                "again to be asked. Choose another strategy."
            )

        def predict_proba(self, X: Any) -> NDArray[np.float64]:
            if not self.rows_:
                for row in range(len(self.features) - 1, -1, -1):
                    self.rows_[self.features[row].tobytes()] = row
            rows = [self.rows_.get(x.tobytes(), -1) for x in np.ascontiguousarray(X, dtype=np.float32)]
            if -1 in rows:
                raise InvalidInput(
                    "This strategy of scikit-activeml asks about examples that are not in the pool, and only the "
                    "probabilities of the pool are recorded. Choose another strategy."
                )
            probs = self.probs[rows].astype(np.float64)
            return np.asarray(probs / probs.sum(axis=1, keepdims=True))

        def predict(self, X: Any) -> NDArray[np.int64]:
            return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    return Recorded


def _each_once(
    picks: NDArray[np.int64], gain: NDArray[np.float64], others: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the picks without repetitions, filled up with the first of `others`: some strategies repeat themselves."""
    _, places = np.unique(picks, return_index=True)
    kept = np.sort(places)
    more = others[~np.isin(others, picks)][: len(picks) - len(kept)]
    return np.concatenate([picks[kept], more]), np.concatenate([gain[kept], np.zeros(len(more))])
