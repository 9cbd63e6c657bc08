"""A parity card from runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alviz.errors import InvalidInput
from alviz.presets.card import Card, Observed, rows_of
from alviz.presets.differences import Difference, contender_of, differences, training_of
from alviz.presets.preset import Preset, settings
from alviz.presets.protocol import Contender, Training
from alviz.store import Run
from alviz.sweep import Sweep
from alviz.task import metric

_Key = tuple[str, str]


def parity(runs: Sweep | Run | Sequence[Run], preset: Preset) -> Card:
    """Return the card of runs; see `alviz.presets.parity`."""
    published = preset.original
    groups: dict[_Key, list[Run]] = {}
    parts: dict[_Key, tuple[Training | None, Contender]] = {}
    for run in _listed(runs):
        contender = contender_of(run, published)
        if contender is None:
            continue  # a sampler that the paper does not compare stands on no card
        training = training_of(run, published)
        key = ("" if training is None else training.name, contender.name)
        groups.setdefault(key, []).append(run)
        parts[key] = training, contender
    if not groups:
        raise InvalidInput(
            f"No run here has a sampler of the preset {published.name!r}: "
            f"{', '.join(contender.name for contender in published.contenders)}."
        )
    observed: list[Observed] = []
    found: list[Difference] = []
    for key, members in groups.items():
        _check_seeds(key[1], members)
        own = dict.fromkeys(one for run in members for one in differences(run, published, *parts[key]))
        reasons = [f"scaled to {preset.scale:g}"] if preset.scale != 1 else []
        reasons += [one.what for one in own if one.apart and preset.scale == 1]
        curves = tuple(_curve(run, _metric_of(published, key)) for run in members)
        observed.append(Observed(*key, curves, tuple(dict.fromkeys(reasons))))
        found += own
    return Card(
        preset,
        rows_of(published, observed),
        tuple(dict.fromkeys([*preset.changes, *_said(found, preset), *_seeds(groups, published)])),
        _left_out(published, set(groups)),
    )


def _listed(runs: Sweep | Run | Sequence[Run]) -> list[Run]:
    given = runs.runs if isinstance(runs, Sweep) else [runs] if isinstance(runs, Run) else list(runs)
    for run in given:
        if not isinstance(run, Run):
            raise InvalidInput(f"{run!r} is no run: pass a Sweep, a Run, or a list of runs.")
    if not given:
        raise InvalidInput("There is no run yet to put on a card.")
    return [run for run in given if run.fitted]


def _check_seeds(name: str, runs: Sequence[Run]) -> None:
    seeds = [run.seed for run in runs]
    twice = next((seed for seed in seeds if seeds.count(seed) > 1), None)
    if twice is not None:
        raise InvalidInput(
            f"Two runs of {name!r} have the seed {twice}: the same run twice says nothing about other seeds. Pass one."
        )


def _metric_of(preset: Preset, key: _Key) -> str:
    told = [one.metric for one in preset.published if (one.training, one.sampler) == key]
    return next(iter([*told, *(one.metric for one in preset.published)]), "accuracy")


def _curve(run: Run, name: str) -> Mapping[int, float]:
    """Return a metric of every fit that has it by its labels, a share in percent."""
    records = [run.record(cycle) for cycle in range(run.fitted)]
    there = [record for record in records if name in record.metrics]
    return {record.labeled: (100 if metric(name).percent else 1) * record.metrics[name] for record in there}


def _said(found: Sequence[Difference], preset: Preset) -> list[str]:
    """Return the sentences; of a scaled preset its changes say what differs in numbers."""
    scaled = ("pool", "start", "budget", "candidates", "learner.epochs") if preset.scale != 1 else ()
    return [one.said for one in found if one.what not in scaled]


def _seeds(groups: Mapping[_Key, Sequence[Run]], published: Preset) -> list[str]:
    counts = sorted({len(runs) for runs in groups.values()})
    if counts == [published.seeds]:
        return []
    ours = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return [f"{ours} seed{'s' if ours != '1' else ''}, the preset has {published.seeds}"]


def _left_out(preset: Preset, there: set[_Key]) -> tuple[str, ...]:
    run = {sampler for _, sampler in there}
    told = []
    for one in preset.contenders:
        if not one.exists:
            told.append(f"{one.name}: alviz does not have it yet")
        elif one.name not in run:
            own = f": it trains a learner of its own ({settings(one.learner)})" if one.learner else ""
            told.append(f"{one.name}{own or ': not run'}")
    told += [
        f"{one.name}: alviz does not have {' and '.join(one.lacks)} yet" for one in preset.trainings if not one.learner
    ]
    return tuple(told)
