"""Frechet distance between two clouds of features (Heusel et al. 2017, arXiv 1706.08500, section 4), and how sure it is.

The features are the judge's (256 numbers a picture), so the value has no meaning beside the FID of other models: it is
read beside its floor, the distance of as many real pictures to the same reference.
src/lib/ldm/metrics/frechetDistance.ts computes the same.
"""

import numpy as np

BLOCKS = 10


def statistics(features):
    """(N, D) -> mean (D,) and covariance (D, D), in double precision."""
    x = np.asarray(features, np.float64)
    return x.mean(0), np.cov(x, rowvar=False)


def root(matrix):
    """The symmetric root of a symmetric matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T


def frechet(a, b):
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2) of two (mean, covariance)."""
    (mean_a, cov_a), (mean_b, cov_b) = a, b
    half = root(cov_a)
    cross = np.sqrt(np.linalg.eigvalsh(half @ cov_b @ half).clip(0)).sum()
    return float(((mean_a - mean_b) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)


def distance(features, reference):
    """The distance to `reference` (mean, covariance), and its standard error: a jackknife that leaves out a tenth at a
    time (Tukey 1958)."""
    blocks = np.array_split(np.arange(len(features)), BLOCKS)
    left = [frechet(reference, statistics(np.delete(features, block, 0))) for block in blocks]
    error = np.sqrt((BLOCKS - 1) / BLOCKS * np.sum((np.array(left) - np.mean(left)) ** 2))
    return {"value": round(frechet(reference, statistics(features)), 4), "standardError": round(float(error), 4)}
