"""What samplers would pick, side by side: as forks pick, and with every number found again on another way."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alviz
from alviz.errors import ArrayDropped, InvalidInput, MissingNeeds, UnknownName
from alviz.samplers import Coreset, UncertainGCN

NAMES = ["margin", "entropy", "coreset", "random", "uncertain_gcn"]


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> alviz.CycleRunner:
    pool = alviz.datasets.digits().subset(400)
    runner = alviz.CycleRunner(pool, "linear", "margin", budget=15, path=tmp_path_factory.mktemp("compare") / "run")
    runner.run(until=2)
    return runner


@pytest.fixture(scope="module")
def compared(runner: alviz.CycleRunner) -> alviz.Comparison:
    return alviz.compare(runner.history, 1, NAMES)


def test_it_is_what_forks_there_pick(runner: alviz.CycleRunner, compared: alviz.Comparison, tmp_path: Path) -> None:
    for name in NAMES:
        fork = runner.fork(at=1, sampler=name, path=tmp_path / name)
        selection = fork.query()
        assert compared.picks[name].tolist() == selection.ids.tolist()
        np.testing.assert_array_equal(compared.selections[name].scores, selection.scores)
    assert compared.picks["margin"].tolist() == runner.history.selection(1).ids.tolist()
    assert compared.picks.index.tolist() == list(range(1, 16))


def test_tables_of_each_two(compared: alviz.Comparison) -> None:
    for table in (compared.jaccard, compared.spearman):
        assert table.index.tolist() == table.columns.tolist() == NAMES
        np.testing.assert_allclose(np.diag(table), 1)
        np.testing.assert_allclose(table, table.T)
    a, b = (set(compared.picks[name]) for name in ("margin", "entropy"))
    assert compared.jaccard.loc["margin", "entropy"] == len(a & b) / len(a | b)
    scores = compared.scores
    assert scores.index.tolist() == np.setdiff1d(np.arange(400), compared.run.labeled(1).ids).tolist()
    ranks = scores[["margin", "entropy"]].rank()
    assert compared.spearman.loc["margin", "entropy"] == pytest.approx(ranks.corr().iloc[0, 1])


def test_agreement_against_a_dense_solve(runner: alviz.CycleRunner, compared: alviz.Comparison) -> None:
    run, pool = runner.history, runner.pool
    features = run.snapshot(1).features
    assert features is not None
    V = features.astype(np.float64) / np.linalg.norm(features, axis=1, keepdims=True)
    S = V @ V.T
    np.fill_diagonal(S, -np.inf)
    W = np.zeros_like(S)
    for i, row in enumerate(np.argsort(-S, axis=1, kind="stable")[:, :50]):
        W[i, row] = np.maximum(S[i, row], 0) ** 3
    W = W + W.T
    half = 1 / np.sqrt(W.sum(axis=1))
    system = np.eye(400) - 0.99 * half[:, None] * W * half

    def propagated(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        labeled = np.concatenate([run.labeled(1).ids, ids])
        Y = np.zeros((400, 10))
        Y[labeled, pool.y[labeled]] = 1 / np.bincount(pool.y[labeled], minlength=10)[pool.y[labeled]]
        P = np.maximum(np.linalg.solve(system, Y), 0)
        P /= P.sum(axis=1, keepdims=True)
        return P.argmax(axis=1), 1 + (P * np.log(np.maximum(P, 1e-300))).sum(axis=1) / np.log(10)

    table = compared.agreement("entropy")
    (y1, w1), (y2, w2) = (propagated(compared.picks[name].to_numpy()) for name in ("entropy", "coreset"))
    taken = np.concatenate([run.labeled(1).ids, compared.picks["entropy"], compared.picks["coreset"]])
    rest = np.setdiff1d(np.arange(400), taken)
    w, same, right = ((w1 + w2) / 2)[rest], (y1 == y2)[rest], (y2 == pool.y)[rest]
    expected = {
        "agree": w[same].sum() / w.sum(),
        "agree_plain": same.mean(),
        "accuracy_agree": w[same & right].sum() / w[same].sum(),
        "accuracy_disagree": w[~same & right].sum() / w[~same].sum(),
        "weight_agree": w[same].mean(),
        "weight_disagree": w[~same].mean(),
    }
    assert 0.5 < expected["agree_plain"] < 1
    np.testing.assert_allclose(table.loc["coreset", list(expected)].astype(float), list(expected.values()), rtol=2e-3)
    assert table.loc["entropy", "agree"] == table.loc["entropy", "agree_plain"] == 1
    assert (table["note"] == "").all()


def test_one_sampler_twice_is_told_apart_by_what_differs(runner: alviz.CycleRunner) -> None:
    parts: list[Any] = [UncertainGCN(steps=3), UncertainGCN(steps=5, hidden=8), Coreset(), "coreset"]
    compared = alviz.compare(runner.history, 0, parts, n=4)
    expected = ["uncertain_gcn(hidden=128, steps=3)", "uncertain_gcn(hidden=8, steps=5)", "coreset", "coreset #2"]
    assert list(compared.selections) == expected
    assert compared.jaccard.loc["coreset", "coreset #2"] == 1
    assert len(compared.picks) == 4


def test_answers_that_nobody_gave(tmp_path: Path) -> None:
    digits = alviz.datasets.digits().subset(300)
    y = np.where(np.arange(300) < 60, digits.y, -1)
    pool = alviz.datasets.arrays(digits.X, y, classes=digits.classes)
    runner = alviz.CycleRunner(pool, "linear", "margin", oracle="human", initial=30, budget=5, path=tmp_path / "run")
    picked = runner.query().ids
    runner.label(picked, digits.y[picked])
    runner.run(until=1)
    compared = alviz.compare(runner.history, 0, ["margin", "random"], pool=pool)
    table = compared.agreement()
    assert table.loc["margin", "agree"] == 1
    assert np.isnan(table.loc["random", "agree"])
    assert "picks have no answer yet, the first is" in table.loc["random", "note"]
    assert compared.jaccard.shape == (2, 2)
    with pytest.raises(InvalidInput, match=r"The answers to the picks of 'random' are not known: \d of 5"):
        compared.agreement("random")


def test_without_a_label_it_says_who_can_answer_and_who_cannot(tmp_path: Path) -> None:
    pool = alviz.datasets.digits().subset(100)
    runner = alviz.CycleRunner(pool, "linear", "coreset", initial=0, budget=5, path=tmp_path / "run")
    runner.run(until=0)
    told = r"random, coreset can answer; The sampler 'margin' needs probs.*The sampler 'core_gcn' needs labels"
    with pytest.raises(MissingNeeds, match=told):
        alviz.compare(runner.history, 0, ["random", "margin", "coreset", "core_gcn"])
    compared = alviz.compare(runner.history, 0, ["random", "coreset"])
    with pytest.raises(InvalidInput, match="Nothing is labeled at cycle 0"):
        compared.agreement()


def test_what_was_not_kept_is_told_before_anything_works(tmp_path: Path) -> None:
    pool = alviz.datasets.digits().subset(100)
    runner = alviz.CycleRunner(pool, "supervised", "random", keep=["probs"], budget=5, path=tmp_path / "run")
    runner.run(until=1)
    with pytest.raises(ArrayDropped, match=r"features of cycle 0 were not kept.*restore\(0\)"):
        alviz.compare(runner.history, 0, ["margin", "coreset"])


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ([], InvalidInput, "takes a list of samplers"),
        ("margin", InvalidInput, "takes a list of samplers, got 'margin'"),
        (["margn"], UnknownName, "Did you mean 'margin'"),
    ],
)
def test_no_samplers(runner: alviz.CycleRunner, given: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        alviz.compare(runner.history, 0, given)
    with pytest.raises(InvalidInput, match="There is no sampler 'entropy' here, only margin"):
        alviz.compare(runner.history, 0, ["margin"]).agreement("entropy")
