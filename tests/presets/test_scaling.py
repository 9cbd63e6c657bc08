"""Smaller protocols: worked examples of the rules, and that every change is told."""

from __future__ import annotations

import pytest

from alviz import presets
from alviz.errors import InvalidInput
from alviz.presets.scaling import epochs_of


def test_a_hundredth_of_seqgcn() -> None:
    preset = presets.get("seqgcn-cifar10").scaled(0.01)
    assert (preset.size, preset.test) == (500, 100)
    assert (preset.initial, preset.budget, preset.subset) == (10, 10, 100)
    # Nine and 200 by a tenth, the root of the scale; two acquisitions at least.
    assert preset.acquisitions == 2
    assert epochs_of(preset.trainings[0]) == 20
    assert preset.final == 30
    assert preset.made == (("reduced", {"rows": 500, "test_rows": 100}),)
    assert list(preset.changes) == [
        "examples in the pool: 500 instead of 50,000",
        "test examples: 100 instead of 10,000",
        "labels at the start: 10 instead of 1,000",
        "labels per acquisition: 10 instead of 1,000",
        "acquisitions: 2 instead of 9",
        "candidates drawn: 100 instead of 10,000",
        "epochs: 20 instead of 200; the learning rate falls to a tenth after 16 of them instead of 160",
    ]


def test_a_quarter_of_seqgcn() -> None:
    preset = presets.get("seqgcn-cifar10").scaled(0.25)
    assert (preset.size, preset.test, preset.initial, preset.budget, preset.subset) == (12_500, 2_500, 250, 250, 2_500)
    assert (preset.acquisitions, epochs_of(preset.trainings[0])) == (4, 100)


def test_every_class_is_shown_at_the_start() -> None:
    preset = presets.get("seqgcn-cifar100").scaled(0.01)
    assert (preset.initial, preset.budget) == (100, 20)
    two = presets.get("asal-mnist2").scaled(0.01)
    assert (two.initial, two.budget, two.acquisitions) == (2, 1, 4)


def test_a_pool_holds_what_gets_labeled_and_one_acquisition_more() -> None:
    preset = presets.get("seqgcn-cifar100").scaled(0.002)
    assert (preset.initial, preset.budget, preset.acquisitions) == (100, 4, 2)
    assert preset.size == 112, "0.2 % of the pool are 100, and 108 get labeled"


def test_balanced_stays_balanced() -> None:
    preset = presets.get("rethinking-mnist").scaled(0.1)
    assert (preset.initial, preset.start, preset.budget) == ("balanced", 10, 1)


def test_a_learner_without_epochs_stays() -> None:
    preset = presets.get("asal-cifar2")
    assert epochs_of(preset.trainings[0]) is None
    assert preset.scaled(0.5).trainings == preset.trainings
    assert not any("epochs" in change for change in preset.scaled(0.5).changes)


def test_a_pool_made_of_another_is_reduced_last() -> None:
    preset = presets.get("seqgcn-cifar10-imbalanced").scaled(0.02)
    assert [how for how, _ in preset.made] == ["imbalanced", "reduced"]
    assert preset.size == 550


@pytest.mark.parametrize("name", presets.names())
@pytest.mark.parametrize("scale", [1e-4, 0.01, 0.3, 0.999])
def test_no_number_grows_and_every_change_is_told(name: str, scale: float) -> None:
    whole, small = presets.get(name), presets.get(name).scaled(scale)
    assert small.original is whole
    assert small.scale == scale
    for field in ("size", "test", "initial", "budget", "acquisitions", "subset"):
        before, after = getattr(whole, field), getattr(small, field)
        if isinstance(before, int):
            assert 1 <= after <= before
        else:
            assert after == before
    assert small.acquisitions >= min(2, whole.acquisitions)
    if small.final is not None and small.size is not None:
        assert small.final + small.budget <= small.size
    if small.subset is not None:
        assert small.subset >= small.budget
    for training in small.trainings:
        assert epochs_of(training) is None or epochs_of(training) >= 2 if training.learner else True
    differ = sum(
        getattr(whole, field) != getattr(small, field)
        for field in ("size", "test", "initial", "budget", "acquisitions", "subset")
    )
    differ += sum(a != b for a, b in zip(whole.trainings, small.trainings, strict=True))
    assert len(small.changes) == differ


def test_a_scale_is_always_that_of_the_published_protocol() -> None:
    once = presets.get("seqgcn-cifar10").scaled(0.01)
    assert presets.get("seqgcn-cifar10").scaled(0.5).scaled(0.01) == once
    assert once.scaled(1) is presets.get("seqgcn-cifar10")


@pytest.mark.parametrize("scale", [0, -0.1, 1.01, float("nan"), "0.1", True, None])
def test_other_scales_are_refused(scale: object) -> None:
    with pytest.raises(InvalidInput, match="expected a number above 0 and up to 1"):
        presets.get("seqgcn-cifar10").scaled(scale)  # type: ignore[arg-type]
