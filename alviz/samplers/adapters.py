"""Between alviz's samplers and other libraries: scikit-activeml's strategies here, alviz's samplers there."""

from __future__ import annotations

import json
from typing import Any

from alviz import samplers as registered
from alviz.errors import InvalidInput
from alviz.samplers.base import Sampler
from alviz.samplers.query_function import QueryFunction
from alviz.samplers.scikit_activeml import ScikitActiveML, arguments_of, settings_of


def from_skactiveml(strategy: Any, **settings: Any) -> ScikitActiveML:
    """Return a sampler that asks a query strategy of scikit-activeml.

    Parameters
    ----------
    strategy : str or query strategy
        A class in ``skactiveml.pool`` by its name ("Badge"), or an instance of one. Its random state is left out:
        the stream of the cycle decides.
    **settings
        Its parameters, with a name; plain values that a record can hold.

    Returns
    -------
    ScikitActiveML
        A sampler like any other: for runs, comparisons and views, recorded and resumed by its parameters.

    Raises
    ------
    InvalidInput
        Without scikit-activeml; for what is no strategy of it, for parameters that no record could hold, and for a
        strategy that wants what a recorded cycle does not have.

    Examples
    --------
    >>> alviz.samplers.from_skactiveml("ProbabilisticAL")  # doctest: +SKIP
    >>> alviz.samplers.from_skactiveml(skactiveml.pool.UncertaintySampling(method="entropy"))  # doctest: +SKIP
    """
    if isinstance(strategy, str):
        try:
            sampler = ScikitActiveML(strategy, json.dumps(settings, sort_keys=True))
        except TypeError as error:
            raise InvalidInput(f"{strategy}: {settings} holds what no record could hold: {error}.") from error
    else:
        name = type(strategy).__name__
        if not type(strategy).__module__.startswith("skactiveml.pool"):
            raise InvalidInput(f"{strategy!r} is no query strategy of skactiveml.pool: pass one, or its name.")
        if settings:
            raise InvalidInput(f"{name} is an instance: its parameters are its own. Pass its name with {settings}.")
        sampler = ScikitActiveML(name, settings_of(strategy))
    arguments_of(sampler.strategy)  # refuses now what could not be asked later
    return sampler


def as_query_function(sampler: str | Sampler, *, seed: int = 0) -> QueryFunction:
    """Return a sampler as a callable ``(classifier, X_pool, n_instances) -> (ids, scores)``.

    Parameters
    ----------
    sampler : str or Sampler
        A name or an instance.
    seed : int
        Of the streams that it draws from.

    Examples
    --------
    >>> learner = modAL.models.ActiveLearner(  # doctest: +SKIP
    ...     LogisticRegression(), alviz.samplers.as_query_function("badge"), X_training=X, y_training=y
    ... )
    >>> ids, examples = learner.query(X_pool, n_instances=10)  # doctest: +SKIP
    """
    return QueryFunction(registered.make(sampler), seed)
