"""How many of the facts that prompts state are in the pictures: shares, and how sure they are.

Arrays of N prompts and A attributes: `right` and `mentioned` are boolean (N, A); `right` counts only where mentioned.
Intervals are 95 in 100 of `DRAWS` bootstraps over prompts (Efron 1979): N prompts drawn anew from the N, with
replacement. src/lib/ldm/metrics/promptAccuracy.ts computes the same.
"""

import itertools

import numpy as np

DRAWS = 1000


def bootstrap_weights(count, seed=1):
    """(DRAWS, count): how often each prompt is drawn."""
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=DRAWS).astype(np.float64)


def interval(values):
    """[low, high] that 95 in 100 of the values lie between."""
    return [round(float(v), 4) for v in np.nanpercentile(values, [2.5, 97.5])]


def shares(right, mentioned, weights):
    """`weights` (W, N) of prompts -> (W, A) shares of mentioned facts that are right; NaN where none is mentioned."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return weights @ (right & mentioned) / (weights @ mentioned)


def every(right, mentioned):
    """(N,): is every stated fact right?"""
    return (right | ~mentioned).all(1)


def accuracy(found, truth, mentioned, names):
    """Share of mentioned attributes that are right: per attribute, their mean, and of pictures with all right."""
    found, truth, mentioned = (np.asarray(x) for x in (found, truth, mentioned))
    right, weights = found == truth, bootstrap_weights(len(found))
    point, drawn = shares(right, mentioned, np.ones((1, len(found))))[0], shares(right, mentioned, weights)
    stated = [(a, n) for a, n in enumerate(names) if mentioned[:, a].any()]
    whole = every(right, mentioned)
    return {
        "mean": round(float(np.nanmean(point)), 4),
        "meanInterval": interval(np.nanmean(drawn, 1)),
        "allRight": round(float(whole.mean()), 4),
        "allRightInterval": interval(weights @ whole / len(found)),
        "perAttribute": {n: round(float(point[a]), 4) for a, n in stated},
        "perAttributeInterval": {n: interval(drawn[:, a]) for a, n in stated},
        "stated": {n: int(mentioned[:, a].sum()) for a, n in stated},
    }


def of_ceiling(found, real, truth, mentioned):
    """What the samples reach of what the real pictures reach, and the bootstraps of it: of the mean and of all right."""
    truth, mentioned = np.asarray(truth), np.asarray(mentioned)
    weights = np.concatenate([np.ones((1, len(truth))), bootstrap_weights(len(truth))])
    means, wholes = [], []
    for answers in (found, real):
        right = np.asarray(answers) == truth
        means.append(np.nanmean(shares(right, mentioned, weights), 1))
        wholes.append(weights @ every(right, mentioned))
    return {"mean": means[0] / means[1], "allRight": wholes[0] / wholes[1]}


def summary(values):
    """The first value is the one measured, the others its bootstraps."""
    return {"value": round(float(values[0]), 4), "interval": interval(values[1:])}


def chance(truth, mentioned):
    """Accuracy of always answering an attribute's most frequent value."""
    truth, mentioned = np.asarray(truth), np.asarray(mentioned)
    values = []
    for a in range(truth.shape[1]):
        seen = truth[mentioned[:, a], a]
        if len(seen):
            values.append(np.bincount(seen).max() / len(seen))
    return round(float(np.mean(values)), 4)


def by_length(found, truth, mentioned, edges=(1, 2, 3, 5, 8, 12)):
    """Of prompts that state so many facts, the share of stated facts that are right."""
    right, mentioned = np.asarray(found) == np.asarray(truth), np.asarray(mentioned)
    facts = mentioned.sum(1)
    rows = []
    for low, high in itertools.pairwise(edges):
        chosen = (facts >= low) & (facts < high)
        if not chosen.any():
            continue
        r, m = right[chosen], mentioned[chosen]
        drawn = bootstrap_weights(int(chosen.sum()))
        share = (drawn @ (r & m).sum(1)) / (drawn @ m.sum(1))
        rows.append(
            {
                "from": low,
                "to": high - 1,
                "count": int(chosen.sum()),
                "right": round(float((r & m).sum() / m.sum()), 4),
                "interval": interval(share),
            }
        )
    return rows


def pairs(held_out, names, values, unseen, seen):
    """Held-out pairs of facts: where a prompt states both, how often are both drawn? Beside it the ceiling (the real
    picture), and prompts of the other split that state the same two attributes with any other values.

    held_out: dictionaries {attribute: value}; unseen, seen: (found, real, truth, mentioned) of the two splits.
    """
    rows, parts = [], []
    for pair in held_out:
        a, b = (names.index(n) for n in pair)
        wanted = [values[i].index(v) for i, v in zip((a, b), pair.values(), strict=True)]
        found, real, truth, mentioned = (np.asarray(x) for x in unseen)
        chosen = mentioned[:, a] & mentioned[:, b] & (truth[:, [a, b]] == wanted).all(1)
        other_found, _, other_truth, other_mentioned = (np.asarray(x) for x in seen)
        others = other_mentioned[:, a] & other_mentioned[:, b]
        both = (found == truth)[:, [a, b]].all(1)[chosen]
        both_seen = (other_found == other_truth)[:, [a, b]].all(1)[others]
        if not chosen.any() or not others.any():
            continue
        parts.append((both, both_seen))
        rows.append(
            {
                "facts": pair,
                "count": int(chosen.sum()),
                "right": round(float(both.mean()), 4),
                "ceiling": round(float((real == truth)[:, [a, b]].all(1)[chosen].mean()), 4),
                "seenCount": int(others.sum()),
                "seen": round(float(both_seen.mean()), 4),
            }
        )
    drawn = [
        [bootstrap_weights(len(part), seed=k) @ part / len(part) for k, part in enumerate(side, 1)]
        for side in zip(*parts, strict=True)
    ]
    unseen_mean, seen_mean = (np.mean(side, 0) for side in drawn)
    return {
        "right": round(float(np.mean([r["right"] for r in rows])), 4),
        "interval": interval(unseen_mean),
        "seen": round(float(np.mean([r["seen"] for r in rows])), 4),
        "seenInterval": interval(seen_mean),
        "ceiling": round(float(np.mean([r["ceiling"] for r in rows])), 4),
        "gapInterval": interval(seen_mean - unseen_mean),
        "rows": rows,
    }
