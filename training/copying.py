"""Does the model copy? How far each picture is from the training face nearest to it.

Distance: root mean square difference of two pictures shrunk to 32 x 32 by averaging, over their 3,072 numbers, in levels
of 255. A sample says little alone: real test faces, drawn from the same list of facts, lie near training faces as well.
So the distances of samples are read beside those of test faces, and of test faces after the same first stage.
"""

import itertools

import numpy as np
import torch

from train_classifier import resize

SIDE = 32


def small(pictures):
    """Bytes (N, S, S, 3) -> float32 (N, 3072), 0 to 255."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
    return resize(x, SIDE).flatten(1).numpy()


def nearest(queries, shards, chunk=2000):
    """Queries (N, 3072) -> distance (N,) to the nearest picture of the shards, and its index (N,)."""
    return _nearest(
        queries, (small(shards.images[begin : begin + chunk]) for begin in range(0, shards.count, chunk)), chunk
    )


def nearest_of(queries, candidates, chunk=2000):
    """The same among pictures that are shrunk already, (M, 3072)."""
    return _nearest(queries, (candidates[begin : begin + chunk] for begin in range(0, len(candidates), chunk)), chunk)


def _nearest(queries, parts, chunk):
    best, index = np.full(len(queries), np.inf, np.float32), np.zeros(len(queries), np.int64)
    own = (queries**2).sum(1)
    for begin, there in zip(itertools.count(0, chunk), parts):
        squared = own[:, None] + (there**2).sum(1) - 2 * queries @ there.T
        at = squared.argmin(1)
        value = squared[np.arange(len(queries)), at]
        closer = value < best
        best[closer], index[closer] = value[closer], begin + at[closer]
    return np.sqrt(best.clip(0) / queries.shape[1]), index


def compare(samples, rebuilt, real):
    """Three lists of distances -> their medians and lowest hundredths; and how many samples lie closer than all but one
    in a hundred of the rebuilt test faces."""

    def row(values):
        return {
            "median": round(float(np.median(values)), 2),
            "lowestHundredth": round(float(np.percentile(values, 1)), 2),
        }

    limit = np.percentile(rebuilt, 1)
    return {
        "samples": row(samples),
        "reconstructions": row(rebuilt),
        "test": row(real),
        "closer": round(float((samples < limit).mean()), 4),
    }
