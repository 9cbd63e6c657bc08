"""Presets run as sweeps, and the cards of what came of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from presets.pools import cifar10, write_images

from alviz import CycleRunner, Run, presets
from alviz.errors import InvalidInput, UnknownName
from alviz.learners import Linear, ResNet18
from alviz.presets import running
from alviz.presets.differences import contender_of, differences
from alviz.presets.protocol import Published
from alviz.presets.source import VARIABLE
from alviz.samplers import VAAL, Entropy, Margin, Revival
from alviz.sweep import Sweep

SCALE = 0.01


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("data") / "images", cifar10(60, 60))


@pytest.fixture(scope="module")
def made(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """Return a small sweep: a linear learner on noise, two samplers, two seeds."""
    return presets.run("asal-cifar2", data=images, scale=SCALE, seeds=2, out=tmp_path_factory.mktemp("sweeps") / "one")


def test_a_run_has_the_protocol_scaled(made: Sweep) -> None:
    assert made.complete
    preset = presets.get("asal-cifar2").scaled(SCALE)
    assert presets.of(made) == preset
    assert made.note == {"preset": "asal-cifar2", "scale": SCALE, "changes": list(preset.changes)}
    # 95 acquisitions by a tenth; 2 labels, 0.5 and 0.1 would be less than one per class and one per acquisition.
    assert {run.config["sampler"]["name"] for run in made.runs} == {"random", "entropy"}
    assert sorted({run.seed for run in made.runs}) == [0, 1]
    for run in made.runs:
        assert (run.size, len(run.initial.ids), run.config["budget"], run.closed) == (100, 2, 1, 10)
        assert run.classes == ("automobile", "horse")


def test_a_sweep_of_a_preset_opens_by_itself(made: Sweep) -> None:
    again = Sweep.open(made.path)
    assert len(again.pool) == 100
    assert again.pool.digest == made.pool.digest


def test_more_seeds_join_a_sweep_that_is_there(images: Path, tmp_path: Path) -> None:
    given = {"data": images, "scale": SCALE, "samplers": ["random"], "out": tmp_path / "sweep"}
    presets.run("asal-cifar2", seeds=1, **given)  # type: ignore[arg-type]
    grown = presets.run("asal-cifar2", seeds=[0, 3], **given)  # type: ignore[arg-type]
    assert [run.seed for run in grown.runs] == [0, 3]


def test_a_card_of_a_scaled_sweep_never_gives_a_verdict(made: Sweep) -> None:
    card = presets.parity(made)
    assert card.preset == presets.of(made)
    said = {row.sampler: row.verdict for row in card.rows}
    assert said["entropy"] == "nothing published"
    assert not any("within" in verdict or "above" in verdict or "below" in verdict for verdict in said.values())
    assert card.differences[: len(card.preset.changes)] == card.preset.changes
    assert any("JPEG is lossy" in one for one in card.differences)
    assert "2 seeds, the preset has 5" in card.differences
    assert set(card.left_out) == {f"{name}: alviz does not have it yet" for name in ("asal", "gaal", "adba")}
    entropy = card.frame().set_index("sampler").loc["entropy"]
    runs = [run for run in made.runs if run.config["sampler"]["name"] == "entropy"]
    assert entropy["ours"] == pytest.approx(50 * sum(run.record(10).metrics["accuracy"] for run in runs))
    assert (entropy["ours_labels"], entropy["seeds"]) == (12, 2)


def test_equal_numbers_are_parity_only_where_the_protocol_is_equal(made: Sweep) -> None:
    random = [run for run in made.runs if run.config["sampler"]["name"] == "random"]
    mean = 50 * sum(run.record(10).metrics["accuracy"] for run in random)
    whole = replace(presets.get("asal-cifar2"), published=(Published("random", 12, mean, 0.1),))
    small = whole.scaled(SCALE)
    # The same numbers as they would stand in a paper whose protocol is this small.
    own = replace(small, scale=1.0, base=None, changes=())
    said = [presets.parity(random, preset).rows[0] for preset in (small, whole, own)]
    assert [row.verdict for row in said] == [
        "not comparable: scaled to 0.01",
        "not comparable: pool, start, budget",
        "within the published deviation",
    ]
    assert [row.comparable for row in said] == [False, False, True]
    assert said[2].difference == pytest.approx(0)


def test_runs_by_hand_are_held_against_the_protocol_too(made: Sweep, tmp_path: Path) -> None:
    """A scaled sweep under the name of the published preset: what differs is found in the runs themselves."""
    card = presets.parity(made.runs, "asal-cifar2")
    for said in (
        "100 examples in the pool, the preset has 10,000",
        "2 labels at the start, the preset has 50",
        "1 labels per acquisition, the preset has 10",
        "the pool is only, then reduced, the preset's is only",
    ):
        assert said in card.differences
    assert all(not row.comparable for row in card.rows if row.seeds)
    runner = CycleRunner(
        made.pool, Linear(C=2.0), Entropy(), initial=50, budget=10, path=tmp_path / "run", oracle="noisy"
    )
    run = runner.run(cycles=1)
    runner.close()
    differs = presets.parity(run, "asal-cifar2").differences
    assert "the oracle is 'noisy', the preset has 'truth'" in differs
    assert "learner linear: C is 2.0, the preset has 1.0" in differs
    assert not any("labels" in one for one in differs)


def test_a_card_needs_runs_of_its_samplers(made: Sweep, tmp_path: Path) -> None:
    runner = CycleRunner(made.pool, "linear", Margin(), initial=10, path=tmp_path / "run")
    run = runner.run(cycles=1)
    runner.close()
    with pytest.raises(InvalidInput, match="No run here has a sampler of the preset 'asal-cifar2': random, entropy"):
        presets.parity(run, "asal-cifar2")
    with pytest.raises(InvalidInput, match="Name the preset"):
        presets.parity(run)
    with pytest.raises(InvalidInput, match="have the seed 0"):
        presets.parity([*made.runs, *made.runs], "asal-cifar2")
    with pytest.raises(InvalidInput, match="no run yet"):
        presets.parity([], "asal-cifar2")


# -- what is refused, before anything is read or written --------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in presets.names() if not presets.get(name).runnable])
def test_a_preset_whose_parts_are_missing_says_which_in_a_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as error:
        presets.run(name, out=tmp_path / "sweep", data=tmp_path)
    said = str(error.value)
    assert said.startswith(f"The preset {name!r} cannot run yet: it needs ")
    assert said.endswith(".")
    for part in presets.get(name).lacking:
        assert part in said
    assert not (tmp_path / "sweep").exists()


def test_what_is_missing_is_named() -> None:
    assert presets.get("revival-cityscapes").refusal == (
        "The preset 'revival-cityscapes' cannot run yet: it needs a task with a label for each pixel and DRN (a "
        "network that labels pixels)."
    )


def test_a_sampler_that_the_preset_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownName, match=r"no sampler in the preset 'seqgcn-cifar10' named 'core_gnc'\. Did you mean "
    ):
        presets.run("seqgcn-cifar10", samplers=["core_gnc"], out=tmp_path / "sweep")
    with pytest.raises(UnknownName, match="no sampler in the preset 'seqgcn-cifar10' named 'badge'"):
        presets.run("seqgcn-cifar10", samplers=["random", "badge"], out=tmp_path / "sweep")
    with pytest.raises(InvalidInput, match="names the sampler 'asal', which alviz does not have yet"):
        presets.run("asal-cifar10", samplers=["asal"], out=tmp_path / "sweep")
    with pytest.raises(InvalidInput, match="expected a list of names"):
        presets.run("seqgcn-cifar10", samplers=[], out=tmp_path / "sweep")
    assert not (tmp_path / "sweep").exists()


def test_a_sampler_with_a_learner_of_its_own_runs_alone() -> None:
    preset = presets.get("seqgcn-cifar10")
    assert "learning_loss" not in [one.name for one in preset.chosen()]
    (alone,) = preset.chosen(["learning_loss"])
    assert alone.learner == {"loss_head": True}
    with pytest.raises(InvalidInput, match=r"'learning_loss' trains a learner of its own \(loss_head=True\)"):
        preset.chosen(["random", "learning_loss"])


def test_networks_of_learners_and_samplers_go_to_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(running, "sweep", lambda *given, **more: asked.append((*given, more)))
    for device, cuda in ((None, False), (None, True), ("meta", True)):
        monkeypatch.setattr("torch.cuda.is_available", lambda cuda=cuda: cuda)
        presets.run("seqgcn-cifar10", data=cifar10(), scale=0.005, samplers=["vaal", "random"], device=device)
    for (_, samplers, learners, seeds, more), device in zip(asked, ("cpu", "cuda", "meta"), strict=True):
        assert samplers["vaal"].device == device  # type: ignore[index]
        assert learners["resnet18"].device == device  # type: ignore[index]
        assert seeds == 5
        expected = {"cycles": 2, "initial": 10, "budget": 5, "subset": 50, "out": None}
        assert expected.items() <= more.items()  # type: ignore[attr-defined]


def test_where_networks_were_trained_is_no_difference(made: Sweep) -> None:
    header = {**made.runs[0].header, "config": {**made.runs[0].config, "sampler": VAAL(device="meta").config()}}
    run = Run(made.runs[0].path, header)
    contender = contender_of(run, presets.get("seqgcn-cifar10"))
    assert contender is not None
    assert contender.name == "vaal"
    found = differences(run, presets.get("seqgcn-cifar10"), None, contender)
    assert not any(one.what.startswith("sampler") for one in found)


def test_the_part_of_revival_that_picks_is_told_by_its_parameters(made: Sweep) -> None:
    for params, name in (({}, "revival"), ({"parts": "LP+BL"}, "LP+BL"), ({"k": 7}, "revival")):
        header = {**made.runs[0].header, "config": {**made.runs[0].config, "sampler": Revival(**params).config()}}
        contender = contender_of(Run(made.runs[0].path, header), presets.get("revival-cifar10"))
        assert contender is not None
        assert contender.name == name


def test_a_learner_that_a_sampler_wants_is_no_difference_where_it_is_wanted(made: Sweep) -> None:
    preset = presets.get("seqgcn-cifar10")
    contenders = {one.name: one for one in preset.contenders}
    for name, head, said in (("learning_loss", True, []), ("learning_loss", False, [True]), ("random", True, [None])):
        config = {"learner": ResNet18(loss_head=head).config(), "sampler": contenders[name].make().config()}
        run = Run(made.runs[0].path, {**made.runs[0].header, "config": {**made.runs[0].config, **config}})
        found = differences(run, preset, preset.trainings[0], contenders[name])
        learner = [one.said for one in found if one.what == "learner.loss_head"]
        assert learner == [
            f"learner resnet18: loss_head is {None if should else True!r}, the preset has {should!r}" for should in said
        ]


def test_absent_data_is_refused_before_a_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(InvalidInput, match="wants CIFAR-10: put torchvision's files at"):
        presets.run("seqgcn-cifar10", scale=SCALE, out=tmp_path / "sweep")
    assert not (tmp_path / "sweep").exists()


# -- the real data ----------------------------------------------------------------------------------------------------


def test_seqgcn_on_real_images_very_small(data: Path, tmp_path: Path) -> None:
    archive = data / "cifar10-jpeg.zip"
    if not archive.is_file():
        pytest.skip(f"no {archive}")
    made = presets.run(
        "seqgcn-cifar10",
        data=archive,
        scale=0.001,
        seeds=1,
        samplers=["core_gcn"],
        device="cpu",
        out=tmp_path / "sweep",
    )
    (run,) = made.runs
    assert (run.size, run.closed, len(run.initial.ids)) == (50, 2, 10)
    assert run.config["learner"]["params"]["epochs"] == 6
    card = presets.parity(made)
    core = next(row for row in card.rows if row.sampler == "core_gcn")
    assert (core.ours_labels, core.seeds, core.verdict) == (12, 1, "not comparable: scaled to 0.001")
    assert "images were read from 'cifar10-jpeg.zip': JPEG is lossy" in " ".join(str(card).split())
