"""Products of kernel features against the kernel."""

import numpy as np
import pytest

from alviz.numeric.kernel_features import kernel_features


def gaussian(X: np.ndarray, sigma: float) -> np.ndarray:
    X = X.astype(float)
    return np.exp(-((X[:, None] - X[None]) ** 2).sum(axis=2) / sigma**2)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 5.0])
def test_exact_for_few_rows_and_near_for_many(sigma: float) -> None:
    X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    X[7] = X[40]
    K = gaussian(X, sigma)
    exact = kernel_features(X, sigma, 60, np.random.default_rng(1))
    np.testing.assert_allclose(exact @ exact.T, K, atol=1e-5)
    assert exact.shape == (60, 60)
    for components in (50, 51):
        Z = kernel_features(X, sigma, components, np.random.default_rng(1))
        assert Z.shape == (60, 50)
        np.testing.assert_allclose((Z**2).sum(axis=1), 1, rtol=1e-5)
    # The mean of many draws is the kernel, and one errs by about 1 / √c.
    many = [kernel_features(X, sigma, 50, np.random.default_rng(seed)) for seed in range(400)]
    products = np.array([Z @ Z.T for Z in many])
    np.testing.assert_allclose(products.mean(axis=0), K, atol=0.05)
    assert np.sqrt(((products - K) ** 2).mean()) < 1.2 * 50**-0.5
