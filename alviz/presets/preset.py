"""A protocol of a paper as data, and what of it can be run here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alviz.datasets.derived import DERIVED
from alviz.errors import InvalidInput, UnknownName
from alviz.pool import Pool
from alviz.presets.papers import PAPERS
from alviz.presets.protocol import Contender, Published, Training
from alviz.presets.source import Place, Source

# What a pool is made by, and with which parameters: a function of `alviz.datasets.derived` or a method of `Pool`.
Derivation = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Preset:
    """A protocol of a paper.

    Attributes
    ----------
    name : str
    paper : str
        Its key in `alviz.presets.papers.PAPERS`.
    source : Source
    made : tuple of (how, parameters)
        How the pool is made of the source, step by step.
    size, test : int or None
        Examples in the pool and in its test split then; None where no number is known.
    initial : int or str
        As `CycleRunner` takes it.
    budget : int
        Labels per acquisition.
    acquisitions : int
        How often is picked; the learner is fitted once more.
    subset : int or None
        Candidates drawn per acquisition; all by default.
    trainings : tuple of Training
    contenders : tuple of Contender
    seeds : int
        How many.
    published : tuple of Published
    deviations : tuple of str
        What is not as in the paper, or what the paper leaves open.
    remarks : tuple of str
        Published numbers that no run is measured against.
    scale : float
        1 as published; see `scaled`.
    changes : tuple of str
        What scaling changed.
    base : Preset, optional
        What it was scaled from.
    """

    name: str
    paper: str
    source: Source
    initial: int | str
    budget: int
    acquisitions: int
    trainings: tuple[Training, ...]
    contenders: tuple[Contender, ...]
    made: tuple[Derivation, ...] = ()
    size: int | None = None
    test: int | None = None
    subset: int | None = None
    seeds: int = 5
    published: tuple[Published, ...] = ()
    deviations: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    scale: float = 1.0
    changes: tuple[str, ...] = ()
    base: Preset | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.size is None and not self.made:
            object.__setattr__(self, "size", self.source.train)
        if self.test is None:
            object.__setattr__(self, "test", self.source.test)

    def __str__(self) -> str:
        from alviz.presets.words import protocol

        return protocol(self)

    @property
    def original(self) -> Preset:
        """The protocol as published: this one, unless it is scaled."""
        return self if self.base is None else self.base

    @property
    def citation(self) -> str:
        """The paper."""
        return PAPERS[self.paper]

    @property
    def classes(self) -> int | None:
        """How many classes the pool has."""
        chosen = [len(params["classes"]) for how, params in self.made if how == "only"]
        return chosen[-1] if chosen else self.source.classes

    @property
    def start(self) -> int | None:
        """How many labels are there before the first acquisition; None where that is all that the data knows."""
        if isinstance(self.initial, int):
            return self.initial
        return self.classes if self.initial == "balanced" else None

    @property
    def final(self) -> int | None:
        """How many labels are there at the end."""
        return None if self.start is None else self.start + self.acquisitions * self.budget

    # -- what is there ------------------------------------------------------------------------------

    @property
    def lacking(self) -> tuple[str, ...]:
        """What alviz does not have yet and the preset cannot do without."""
        found = [] if self.source.maker else [self.source.lacks]
        if not any(training.learner for training in self.trainings):
            found += dict.fromkeys(part for training in self.trainings for part in training.lacks)
        if not any(contender.exists for contender in self.contenders):
            found.append("the samplers " + ", ".join(contender.sampler for contender in self.contenders))
        return tuple(found)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The parts that alviz does not have yet and the rest runs without: samplers, then trainings."""
        samplers = [contender.name for contender in self.contenders if not contender.exists]
        return (*samplers, *(one.name for one in self.trainings if not one.learner))

    @property
    def runnable(self) -> bool:
        """Whether alviz has all that it takes; the data may still be missing."""
        return not self.lacking

    @property
    def refusal(self) -> str:
        """One sentence that names what is missing."""
        return f"The preset {self.name!r} cannot run yet: it needs {_and(self.lacking)}."

    def chosen(self, names: Sequence[str] | None = None) -> tuple[Contender, ...]:
        """Return the contenders of these names; by default all that alviz has and that share one learner.

        Raises
        ------
        UnknownName
            For a sampler that the paper does not compare.
        InvalidInput
            For one that alviz does not have yet, for none, or for some that want other learners than the rest.
        """
        there = [contender for contender in self.contenders if contender.exists]
        if names is None:
            return tuple(contender for contender in there if not contender.learner)
        if isinstance(names, str) or not names:
            raise InvalidInput(f"samplers is {names!r}, expected a list of names: {_listed(there)}.")
        by_name = {contender.name: contender for contender in self.contenders}
        for name in names:
            if name not in by_name:
                raise UnknownName(f"sampler in the preset {self.name!r}", name, by_name)
            if not by_name[name].exists:
                raise InvalidInput(
                    f"The preset {self.name!r} names the sampler {name!r}, which alviz does not have yet. It has: "
                    f"{_listed(there)}."
                )
        found = tuple(by_name[name] for name in dict.fromkeys(names))
        if any(contender.learner != found[0].learner for contender in found):
            alone = next(contender for contender in found if contender.learner)
            raise InvalidInput(
                f"The sampler {alone.name!r} trains a learner of its own ({settings(alone.learner)}): run it alone, "
                "into another folder."
            )
        return found

    # -- what can be done with it -------------------------------------------------------------------

    def scaled(self, scale: float) -> Preset:
        """Return a smaller protocol for a machine without a GPU; see `alviz.presets.scaling.scaled`."""
        from alviz.presets.scaling import scaled

        return scaled(self, scale)

    def pool(self, data: Place | Pool | None = None, progress: Callable[[int, int], None] | None = None) -> Pool:
        """Return the pool of this protocol.

        Parameters
        ----------
        data : path or Pool, optional
            Where the data is: the folder that torchvision is given, or a zip or folder of images; by default what
            the environment variable ``ALVIZ_DATA`` names. Or the data itself.
        progress : callable, optional
            Called with images read and their number, where image files are read.

        Raises
        ------
        InvalidInput
            If the data is not there (which files, and where they are to be put), or if alviz cannot read it yet.
        """
        if not self.source.maker:
            raise InvalidInput(
                f"The preset {self.name!r} wants {self.source.title} ({', '.join(self.source.files)} in the data "
                f"folder), and alviz cannot read it yet: it needs {self.source.lacks}."
            )
        pool = self.source.read(data, f"The preset {self.name!r}", progress)
        for how, params in self.made:
            pool = DERIVED[how](pool, **params) if how in DERIVED else getattr(pool, how)(**params)
        return pool


def settings(params: Mapping[str, Any]) -> str:
    """Return parameters as they are given."""
    return ", ".join(f"{name}={value!r}" for name, value in params.items())


def _and(parts: Sequence[str]) -> str:
    """Return parts as a sentence lists them."""
    return ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1]


def _listed(contenders: Sequence[Contender]) -> str:
    return ", ".join(contender.name for contender in contenders) or "none"
