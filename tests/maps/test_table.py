"""The table of map methods, and what another package adds to it."""

from pathlib import Path

import numpy as np
import pytest
from maps.plugin import install

from alviz import maps
from alviz.errors import InvalidInput
from alviz.maps import PCA, UMAP


def test_names_and_titles_of_the_own_maps() -> None:
    assert {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}.items() <= maps.titles().items()
    assert maps.make("umap") == UMAP(n_neighbors=15, min_dist=0.1)
    assert maps.make(UMAP(n_neighbors=30).config()) == UMAP(n_neighbors=30)
    with pytest.raises(InvalidInput, match="n_neighbors is 1, expected at least 2"):
        UMAP(n_neighbors=1)
    with pytest.raises(InvalidInput, match="is no map: pass a name"):
        maps.make(lambda features: features)  # type: ignore[arg-type]


def test_another_package_adds_a_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, tmp_path / "site")
    assert {"ring", "lost"} <= set(maps.names())
    assert maps.registry.sources() == {"ring": "alviz-ring", "lost": "alviz-ring"}
    xy = maps.make("ring").layout(np.zeros((4, 3), np.float32), seed=0)
    np.testing.assert_allclose(xy, [[1, 0], [0, 1], [-1, 0], [0, -1]], atol=1e-6)
    assert maps.get("pca") is PCA


def test_a_plugin_that_cannot_be_loaded_goes_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, tmp_path / "site")
    assert maps.titles()["lost"] == "lost"
    assert maps.titles()["ring"] == "Ring & <all>"
    with pytest.raises(InvalidInput, match="'lost' of the package 'alviz-ring' cannot be loaded"):
        maps.get("lost")
