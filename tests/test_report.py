"""The report: what stands in the page is what the run recorded, and nothing is half-written."""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs
from numpy.typing import NDArray
from PIL import Image

import alviz
from alviz import CycleRunner, Run
from alviz.analysis import jaccard
from alviz.errors import ArrayDropped, ConfigMismatch, InvalidInput, UnknownName
from alviz.report import page as page_module
from alviz.report.columns import Columns, quantized
from alviz.report.page import PER_LAYOUT, PER_POINT, ROOM
from alviz.report.points import percentiles, percents
from alviz.scenes import Scene, fit_name
from alviz.views.facts import rank

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!-- one",
    "two & \"three\" 'four'",
    "😀",
    "שלום",
    "\u2028",
    "$title ${x}",
)
KINDS: dict[str, Any] = {"u1": np.uint8, "u2": np.dtype("<u2"), "u4": np.dtype("<u4"), "xy": np.dtype("<u2")}


def told(path: Path) -> dict[str, Any]:
    """Return the data of a page."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r'<script type="application/json" id="alviz-report-data">(.*?)</script>', text, re.DOTALL)
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data


def column(data: dict[str, Any], key: str) -> NDArray[Any]:
    one = data["columns"][key]
    return np.frombuffer(zlib.decompress(base64.b64decode(one["data"]), -15), dtype=KINDS[one["kind"]])


@pytest.fixture
def runner(fast: Callable[..., CycleRunner]) -> CycleRunner:
    runner = fast("margin")
    runner.run(until=2)
    return runner


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Write a report of PCA maps and return its data."""

    def write_report(*shown: Run, **options: Any) -> dict[str, Any]:
        path = alviz.report(*shown, path=tmp_path / "report.html", **{"method": "pca", **options})
        assert path == tmp_path / "report.html"
        return told(path)

    return write_report


# -- columns --------------------------------------------------------------------------------------


def test_columns_come_back():
    columns = Columns()
    columns.add("a", np.array([0, 1, 70_000], dtype=">u4"))
    columns.add("b", np.array([3, 255], dtype=np.uint8))
    data = {"columns": columns.told}
    assert column(data, "a").tolist() == [0, 1, 70_000]
    assert column(data, "b").tolist() == [3, 255]
    assert columns.size == sum(len(one["data"]) for one in columns.told.values())
    assert "a" in columns
    assert "c" not in columns


def test_places_are_off_by_half_a_step_at_most():
    rng = np.random.default_rng(0)
    xy = (rng.normal(size=(500, 2)) * [30, 4] + [7, -900]).astype(np.float32)
    xy[[3, 400]] = np.nan
    codes, (x0, y0, step) = quantized(xy)
    there = np.isfinite(xy[:, 0])
    assert (codes[~there] == 65535).all()
    assert codes[there].max() == 65534
    assert np.abs(np.array([x0, y0]) + step * codes[there].astype(np.float64) - xy[there]).max() <= step / 2 + 1e-9
    longest = np.ptp(xy[there].astype(np.float64), axis=0).max()
    assert step == pytest.approx(longest / 65534)


@pytest.mark.parametrize("xy", [np.full((3, 2), np.nan), np.ones((3, 2)), np.zeros((0, 2))])
def test_places_without_an_extent(xy: NDArray[Any]):
    codes, frame = quantized(xy.astype(np.float32))
    assert np.isfinite(frame).all()
    assert frame[2] > 0
    assert (codes == (65535 if np.isnan(xy).any() else 0)).all()


def test_percents():
    assert percents(np.array([0, 0.004, 0.005001, 1, 7, -1, np.nan])).tolist() == [0, 0, 1, 100, 100, 255, 255]


def test_percentiles_are_those_of_the_facts(runner: CycleRunner):
    selection = runner.history.selection(1)
    assert selection is not None
    found = percentiles(selection.scores)
    for id in range(0, runner.history.size, 7):
        told = rank("margin", selection, id)
        assert found[id] == (255 if told is None else told.percentile)


def test_the_largest_page_of_points_is_within_its_bytes():
    """Columns that cannot be squeezed: places, 1,000 classes and shares at random."""
    rng, n = np.random.default_rng(0), 20_000
    columns = Columns()
    columns.add_places("layout", rng.random((n, 2)).astype(np.float32), {})
    columns.add("prediction", rng.integers(0, 1000, n).astype(np.uint16))
    for name in ("sure", "entropy", "margin", "score"):
        columns.add(name, percents(rng.random(n)))
    assert columns.size <= PER_POINT * n
    assert len(columns.told["layout"]["data"]) <= PER_LAYOUT * n


# -- what is in a page ----------------------------------------------------------------------------


def test_points_are_what_was_recorded(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    run = runner.history
    data = write(run)
    ids = column(data, "ids")
    assert sorted(ids.tolist()) == list(range(run.size))
    assert np.array_equal(column(data, "truth"), runner.pool.y[ids])
    acquired, answer = column(data, "acquired|0"), column(data, "answer|0")
    for cycle in range(run.fitted):
        scene = Scene.read(run, cycle)
        name = fit_name(run, cycle)
        assert data["catalog"]["fits"][0][cycle] == name
        seen = np.where(acquired <= cycle, acquired.astype(int), -1)
        assert np.array_equal(seen, scene.acquired[ids])
        assert np.array_equal(seen >= 0, scene.labeled_mask()[ids])
        assert np.array_equal(column(data, f"prediction|{name}"), scene.prediction[ids])
        assert scene.probs is not None
        assert np.array_equal(column(data, f"sure|{name}"), np.rint(100 * scene.probs.max(axis=1))[ids])
        assert data["catalog"]["labels"][0][cycle] == len(scene.labels)
        layout = data["columns"][f"layout|pca|{name}"]
        assert layout["about"]["head"] == f"PCA of cycle {cycle} features (linear, 64-d)"
    last = run.labeled(run.fitted - 1)
    by_id = dict(zip(last.ids.tolist(), last.values.tolist(), strict=True))
    assert [int(a) for a in answer] == [by_id.get(int(id), 255) for id in ids]


def test_layout_is_that_of_the_map(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    data = write(runner.history)
    layout = alviz.maps.Layouts().of(runner.history, 1, "pca")
    ids, one = column(data, "ids"), data["columns"][f"layout|pca|{fit_name(runner.history, 1)}"]
    x0, y0, step = one["frame"]
    xy = np.array([x0, y0]) + step * column(data, f"layout|pca|{fit_name(runner.history, 1)}").reshape(-1, 2)
    assert np.abs(xy - layout.xy[layout.rows(ids)]).max() <= step


def test_picks_and_how_wanted_they_were(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    run = runner.history
    data = write(run)
    assert [len(marks) for marks in data["catalog"]["marks"][0]] == [1, 1, 0]
    for cycle in range(run.picked):
        mark, selection = data["catalog"]["marks"][0][cycle][0], run.selection(cycle)
        assert selection is not None
        assert (mark["name"], mark["preview"]) == ("margin", False)
        assert column(data, mark["key"]).tolist() == selection.ids.tolist()
        best = column(data, f"wanted|{mark['key']}")
        assert best[0] == 100
        assert (np.diff(best.astype(int)) <= 0).all()
        ranks = column(data, f"score|{mark['key']}")[np.argsort(column(data, "ids"))][selection.ids]
        assert (ranks >= 90).all()


def test_a_base_sample_and_what_was_picked_beside_it(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    run = runner.history
    data = write(run, base=40)
    ids = column(data, "ids")
    base = alviz.maps.base.base_sample(run.size, 40)
    assert ids[:40].tolist() == base.tolist()
    picked = {int(id) for cycle in range(run.picked) for id in run.array(cycle, "pick", "selected")}
    assert set(ids[40:].tolist()) == (picked | set(run.labeled(2).ids.tolist())) - set(base.tolist())


def test_curves_are_the_frame(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    frame = runner.history.frame()
    data = write(runner.history)
    curve = data["accuracy"]["runs"][0]
    assert curve["labels"] == frame["labels"].tolist()
    assert curve["values"] == frame["accuracy"].tolist()
    assert [row["labels"] for row in data["cycles"][0]] == frame["labels"].tolist()
    assert [row["metrics"]["calibration_error"] for row in data["cycles"][0]] == frame["calibration_error"].tolist()
    assert [row["seconds"].get("train") for row in data["cycles"][0]] == frame["train_s"].tolist()
    told = alviz.adjacency_frame(runner.history, pool=runner.pool)
    assert data["adjacency"]["runs"][0]["values"] == told["plain"].tolist()
    assert data["adjacency"]["chance"] == told["chance"].iloc[0]


def test_seeds_are_one_line_with_a_band(fast: Callable[..., CycleRunner], write: Callable[..., dict[str, Any]]):
    members = [fast(f"seed{seed}", seed=seed) for seed in (1, 2, 3)]
    other = fast("other", sampler="random", seed=1)
    for runner in (*members, other):
        runner.run(until=1)
    data = write(*(runner.history for runner in (members[0], other, *members[1:])))
    band, line = data["accuracy"]["lines"]
    values = np.array([runner.history.frame()["accuracy"] for runner in members])
    assert band["members"] == [0, 2, 3]
    assert band["labels"] == [12, 17]
    assert band["mean"] == pytest.approx(values.mean(axis=0).tolist())
    assert band["std"] == pytest.approx(values.std(axis=0, ddof=1).tolist())
    assert (line["members"], line["std"]) == ([1], [])
    assert data["catalog"]["branches"] == ["margin · seed 1", "random", "margin · seed 2", "margin · seed 3"]


def test_a_run_made_twice_stands_alone(fast: Callable[..., CycleRunner], write: Callable[..., dict[str, Any]]):
    twins = [fast(name) for name in ("a", "b")]
    for runner in twins:
        runner.run(until=0)
    data = write(*(runner.history for runner in twins))
    assert [line["members"] for line in data["accuracy"]["lines"]] == [[0], [1]]
    assert data["catalog"]["branches"] == ["margin (a)", "margin (b)"]


def test_forks_share_what_they_share(runner: CycleRunner, write: Callable[..., dict[str, Any]], tmp_path: Path):
    fork = runner.fork(at=1, sampler="random", path=tmp_path / "fork")
    fork.run(until=2)
    data = write(runner.history, fork.history)
    fits = data["catalog"]["fits"]
    assert fits[0][:2] == fits[1][:2]
    assert fits[0][2] != fits[1][2]
    assert sum(key.startswith("layout|") for key in data["columns"]) == 4
    assert data["accuracy"]["runs"][1]["shared"] == 2
    assert data["accuracy"]["runs"][0]["shared"] == 0  # its line is drawn whole
    assert data["catalog"]["branches"][1].startswith("fork at 1 · margin → random")
    assert data["between"][0]["jaccard"] == [[1, 1], [1, 1]]


def test_agreement_is_that_of_compare(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    run = runner.history
    data = write(run, compare=["entropy", "margin", "coreset"])
    for cycle in range(run.fitted):
        picked = ["margin"] if cycle == 2 else []
        found = data["asked"][0][cycle]
        names = ["entropy", "margin", "coreset"] if cycle == 2 else ["margin", "entropy", "coreset"]
        expected = alviz.compare(run, cycle, names)
        assert found["names"] == names
        assert np.array_equal(found["jaccard"], expected.jaccard.to_numpy())
        spearman = np.array(found["spearman"], dtype=float)
        np.testing.assert_array_equal(spearman, expected.spearman.to_numpy())
        marks = data["catalog"]["marks"][0][cycle]
        assert [mark["name"] for mark in marks] == names
        assert sum(not mark["preview"] for mark in marks) == (0 if picked else 1)
        for mark in marks:
            assert column(data, mark["key"]).tolist() == expected.selections[mark["name"]].ids.tolist()


def test_samplers_are_asked_at_chosen_cycles(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    data = write(runner.history, compare=["entropy"], compare_at=[1])
    assert [found is not None for found in data["asked"][0]] == [False, True, False]


def test_a_sampler_of_the_same_name_and_other_parameters(
    fast: Callable[..., CycleRunner], write: Callable[..., dict[str, Any]]
):
    runner = fast("revival", sampler=alviz.samplers.make({"name": "revival", "params": {"k": 5}}))
    runner.run(until=1)
    data = write(runner.history, compare=["revival"])
    assert data["asked"][0][0]["names"] == ["revival", "revival (asked)"]
    assert write(runner.history, compare=[runner.sampler])["asked"][0] == [None, None]


def test_agreement_between_runs(fast: Callable[..., CycleRunner], write: Callable[..., Any]):
    runner, other = (fast(name, sampler=name, budget=30) for name in ("margin", "entropy"))
    runner.run(until=2)
    other.run(until=1)
    data = write(runner.history, other.history)
    picks = [np.asarray(run.array(0, "pick", "selected")) for run in (runner.history, other.history)]
    assert data["between"][0] == {"branches": [0, 1], "jaccard": [[1, jaccard(*picks)], [jaccard(*picks), 1]]}
    assert 0 < jaccard(*picks) < 1
    assert data["between"][1] is None  # the second run has no pick there


def test_made_with_says_what_differs(runner: CycleRunner, fast: Callable[..., CycleRunner], write: Callable[..., Any]):
    other = fast("short", budget=4, learner=alviz.learners.make({"name": "linear", "params": {}}))
    other.run(until=1)
    data = write(runner.history, other.history, command="alviz report 'a b'", title="")
    differ = dict(map(tuple, data["madeWith"]["differ"]))
    assert differ["budget"] == ["5", "4"]
    assert differ["folder"] == ["margin", "short"]
    shared = {kind: dict(facts) for kind, facts in data["madeWith"]["shared"].items()}
    assert shared["run"]["seed"] == "3"
    assert shared["configuration"]["sampler"] == "margin"
    assert shared["environment"]["numpy"] == np.__version__
    assert dict(data["pool"])["digest"].startswith(runner.pool.digest[:8])
    assert data["command"] == "alviz report 'a b'"
    assert data["title"] == "few"


def test_the_same_page_by_its_own_call(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    assert write(runner.history, compare=["random"])["command"] == (
        "alviz report margin -o report.html --method pca --compare random"
    )


# -- thumbnails -----------------------------------------------------------------------------------


def test_thumbnails_are_the_images_picks_first(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    run = runner.history
    data = write(run)["thumbnails"]
    (sheet,) = data["sheets"]
    picks = [run.selection(cycle) for cycle in range(run.picked)]
    first = [int(id) for pair in zip(*(pick.ids for pick in picks if pick), strict=True) for id in pair]
    assert sheet["ids"][: len(first)] == first
    assert sorted(sheet["ids"]) == list(range(run.size))
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet["data"]))))
    width, height = sheet["size"]
    for place, id in enumerate(sheet["ids"][:40]):
        row, at = divmod(place, sheet["across"])
        tile = picture[row * height : (row + 1) * height, at * width : (at + 1) * width]
        assert np.array_equal(tile, runner.pool.thumbnails([id])[0])
    assert (data["left"], data["ink"], data["pictured"]) == (0, True, True)


def test_a_page_keeps_within_its_bytes_and_says_what_it_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    noise = np.random.default_rng(0).integers(0, 256, (600, 24, 24, 3)).astype(np.uint8)
    pool = alviz.datasets.arrays(noise, np.arange(600) % 2, name="noise")
    runner = CycleRunner(pool, learner="linear", sampler="random", initial=4, budget=4, path=tmp_path / "run")
    runner.run(until=1)
    whole = alviz.report(runner.history, path=tmp_path / "whole.html", method="pca")
    full = sum(len(sheet["data"]) for sheet in told(whole)["thumbnails"]["sheets"])
    assert full > 700_000
    for share, fewest, most in ((0.5, 200, 330), (0, 0, 30)):
        allowed = whole.stat().st_size - round((1 - share) * full) + 20_000
        monkeypatch.setattr(page_module, "ROOM", allowed - PER_POINT * 600 * 2)
        path = alviz.report(runner.history, path=tmp_path / "small.html", method="pca")
        data = told(path)["thumbnails"]
        there = sum(len(sheet["ids"]) for sheet in data["sheets"])
        assert path.stat().st_size <= allowed
        assert data["left"] == 600 - there
        assert fewest <= there <= most


def test_real_pages_are_within_their_bytes(runner: CycleRunner, write: Callable[..., Any], tmp_path: Path):
    write(runner.history, method=["pca", "tsne"])
    size = (tmp_path / "report.html").stat().st_size
    assert size <= ROOM + (PER_POINT + PER_LAYOUT) * runner.history.size * 3
    assert size < 400_000  # a small pool does not fill the room


def test_photographs_are_small(tmp_path: Path, write: Callable[..., dict[str, Any]]):
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    smooth = np.linspace(0, 1, 96)[None, :, None, None] * np.linspace(0, 1, 96)[None, None, :, None]
    images = (255 * smooth * rng.random((40, 1, 1, 3))).astype(np.uint8)
    pool = alviz.datasets.arrays(images, y, images[:8], y[:8], name="photographs")
    runner = CycleRunner(pool, learner="linear", sampler="random", initial=4, budget=4, path=tmp_path / "run")
    runner.run(until=1)
    (sheet,) = write(runner.history)["thumbnails"]["sheets"]
    assert sheet["type"] == "image/jpeg"
    assert sheet["size"] == [48, 48]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet["data"]))).convert("RGB")).astype(int)
    tile = picture[:48, :48] - images[sheet["ids"][0]].reshape(48, 2, 48, 2, 3).mean(axis=(1, 3))
    assert np.abs(tile).mean() < 4


# -- text from data -------------------------------------------------------------------------------


def test_names_cannot_leave_the_data(tmp_path: Path, write: Callable[..., dict[str, Any]]):
    few = runs.few(120)
    pool = alviz.datasets.arrays(few.X, few.y % 7, few.X_test, few.y_test % 7, classes=HOSTILE, name="</script><b>pool")
    runner = CycleRunner(pool, path=tmp_path / "run", **runs.FAST)
    runner.run(until=1)
    data = write(runner.history, title="</title><script>alert(2)</script>")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert data["catalog"]["palettes"]["classes"]["names"] == list(HOSTILE)
    assert dict(data["pool"])["pool"] == "</script><b>pool"
    assert len(re.findall("<script", text)) == 2
    assert len(re.findall("</script", text)) == 2
    assert text.count("<!--") == 0
    assert "alert(1)</" not in text
    assert "alert(2)</" not in text
    assert "<title>&lt;/title&gt;&lt;script&gt;alert(2)&lt;/script&gt;</title>" in text


def test_the_page_may_only_run_its_own_script_and_load_nothing(
    runner: CycleRunner, write: Callable[..., Any], tmp_path: Path
):
    import hashlib

    write(runner.history)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    script = re.search(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    assert policy
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'; img-src data: blob:;")
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:""", text)
    assert "plotly" not in text.lower()


# -- runs that lack something ---------------------------------------------------------------------


def test_without_its_pool(runner: CycleRunner, write: Callable[..., dict[str, Any]]):
    runner.close()
    run = Run.open(runner.history.path)
    data = write(run)
    assert not data["pooled"]
    assert data["thumbnails"] == {"sheets": [], "ink": False, "left": 0, "pictured": False}
    assert (column(data, "truth") == 255).all()
    assert (column(data, "answer|0") < 255).sum() == 22
    assert data["adjacency"]["chance"] is None
    with_pool = write(run, pool=runner.pool)
    assert np.array_equal(column(with_pool, "truth"), runner.pool.y[column(with_pool, "ids")])


def test_without_features_and_probabilities(
    runner: CycleRunner, write: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Run, "has", lambda self, cycle, stage, name: False)
    data = write(runner.history)
    assert data["methods"] == []
    assert list(data["catalog"]["colorings"]) == ["class", "score", "acquired"]
    assert data["accuracy"]["runs"][0]["values"] == runner.history.frame()["accuracy"].tolist()


def test_what_the_run_did_not_keep(fast: Callable[..., CycleRunner], write: Callable[..., dict[str, Any]]):
    learner = alviz.learners.make({"name": "supervised", "params": {"epochs": 1}})
    runner = fast("bare", learner=learner, sampler="random", keep=("head",))
    runner.run(until=1)
    data = write(runner.history)
    assert [key for key in data["columns"] if key.startswith("layout|")] == [
        f"layout|pca|{fit_name(runner.history, 1)}"
    ]
    assert data["adjacency"]["runs"][0]["values"][0] is None
    with pytest.raises(ArrayDropped, match="probs"):
        write(runner.history, compare=["entropy"])


def test_one_fit_and_no_pick(fast: Callable[..., CycleRunner], write: Callable[..., dict[str, Any]]):
    runner = fast("one")
    runner.run(until=0)
    data = write(runner.history)
    assert data["catalog"]["marks"] == [[[]]]
    assert "score" not in data["catalog"]["colorings"]
    assert data["between"] == [None]


def test_everything_labeled(fast: Callable[..., CycleRunner], write: Callable[..., dict[str, Any]]):
    runner = fast("all", budget=148)
    runner.run(until=1)
    data = write(runner.history, compare=["entropy"])
    assert [found is not None for found in data["asked"][0]] == [True, False]


def test_row_names(tmp_path: Path, write: Callable[..., dict[str, Any]]):
    from dataclasses import replace

    few = runs.few()
    named = replace(few, row_names=np.array([f"file <{i}>.png" for i in range(len(few))]))
    runner = CycleRunner(named, path=tmp_path / "named", **runs.FAST)
    runner.run(until=1)
    names = write(runner.history)["rowNames"]
    seen = set(runner.history.labeled(1).ids.tolist())
    assert names == {str(id): f"file <{id}>.png" for id in seen}


@pytest.mark.filterwarnings("ignore:The initial set misses:alviz.AlvizWarning")
def test_a_thousand_classes(tmp_path: Path, write: Callable[..., dict[str, Any]]):
    rng = np.random.default_rng(0)
    y = np.arange(1200) % 1000
    X = rng.normal(size=(1200, 8)).astype(np.float32)
    pool = alviz.datasets.arrays(X, y, classes=[f"class {i}" for i in range(1000)], name="many")
    learner = alviz.learners.make({"name": "supervised", "params": {"epochs": 1}})
    runner = CycleRunner(pool, learner=learner, sampler="random", initial=50, budget=5, path=tmp_path / "many")
    runner.run(until=1)
    data = write(runner.history, base=500)
    assert data["columns"]["truth"]["kind"] == "u2"
    ids = column(data, "ids")
    assert np.array_equal(column(data, "truth"), y[ids])
    predicted = column(data, f"prediction|{fit_name(runner.history, 1)}")
    assert np.array_equal(predicted, Scene.read(runner.history, 1).prediction[ids])
    assert predicted.max() > 255


# -- refusals -------------------------------------------------------------------------------------


def test_refusals_leave_nothing(runner: CycleRunner, fast: Callable[..., CycleRunner], tmp_path: Path):
    run = runner.history
    before = sorted(path.name for path in tmp_path.iterdir())
    cases: list[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
        ((), {}, InvalidInput, "at least one run, got none"),
        (("runs/a",), {}, InvalidInput, "'runs/a' is no run"),
        ((run, Run.open(run.path)), {}, InvalidInput, "'margin' is given 2 times"),
        ((run,), {"path": tmp_path}, InvalidInput, "is a folder"),
        ((run,), {"path": tmp_path / "none" / "a.html"}, InvalidInput, "There is no folder"),
        ((run,), {"method": "nosuch"}, UnknownName, "nosuch"),
        ((run,), {"method": []}, InvalidInput, "method is empty"),
        ((run,), {"base": 0}, InvalidInput, "base"),
        ((run,), {"compare": ["margn"]}, UnknownName, "margin"),
        ((run,), {"compare": ["margin"], "compare_at": [3]}, InvalidInput, "cycle 3, and the runs have cycles 0 to 2"),
        ((run,), {"pool": runs.few(100)}, ConfigMismatch, "is not the pool of run 'margin'"),
    ]
    for shown, options, error, words in cases:
        with pytest.raises(error, match=re.escape(words)):
            alviz.report(*shown, **{"path": tmp_path / "a.html", "method": "pca", **options})
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_runs_on_different_pools_are_named(runner: CycleRunner, tmp_path: Path):
    other = CycleRunner(runs.few(100), path=tmp_path / "other", **runs.FAST)
    other.run(until=0)
    with pytest.raises(InvalidInput, match=r"'margin' and 'other' are on different pools .*160 .*100"):
        alviz.report(runner.history, other.history, path=tmp_path / "a.html")


def test_a_run_without_a_fit(fast: Callable[..., CycleRunner], tmp_path: Path):
    with pytest.raises(InvalidInput, match=r"'new' has no fit yet"):
        alviz.report(fast("new").history, path=tmp_path / "a.html")


@pytest.mark.parametrize("phase", ["ask", "map", "thumbnails", "write"])
def test_stopped_in_the_middle(runner: CycleRunner, tmp_path: Path, phase: str):
    path = tmp_path / "a.html"
    path.write_text("the one before")

    def stop(now: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        if now == phase:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        alviz.report(runner.history, path=path, method="pca", compare=["entropy"], progress=stop)
    assert path.read_text() == "the one before"
    assert list(tmp_path.glob(".a.html*")) == []
    alviz.report(runner.history, path=path, method="pca")
    assert path.read_text().startswith("<!DOCTYPE html>")


def test_a_folder_that_cannot_be_written(runner: CycleRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(self: Path, *_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(InvalidInput, match=r"a\.html cannot be written: Permission denied"):
        alviz.report(runner.history, path=tmp_path / "a.html", method="pca")
