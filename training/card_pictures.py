"""Two sheets of pictures for the model card: the worst samples, and samples beside their nearest training faces."""

import json

import numpy as np
from PIL import Image

COLUMNS, ROWS = 8, 3


def sheet(pictures, path):
    """Bytes (N, S, S, 3), row after row, as one WebP of COLUMNS a row."""
    rows = [np.concatenate(list(pictures[i : i + COLUMNS]), 1) for i in range(0, len(pictures), COLUMNS)]
    Image.fromarray(np.concatenate(rows)).save(path, quality=82, method=6)


def worst(folder, samples, seen, questions, names, values):
    """The samples with the most stated facts wrong; of those with equally many, the ones that the judge doubts most."""
    wrong = (seen.found != questions.truth) & questions.mentioned
    order = np.lexsort((-seen.doubt(questions.truth, questions.mentioned), -wrong.sum(1)))[: COLUMNS * ROWS]
    sheet(np.array(samples[np.sort(order)])[np.argsort(np.argsort(order))], folder / "worst.webp")
    return [
        {
            "prompt": questions.prompts[i],
            "wrong": [
                {"fact": names[a], "asked": values[a][questions.truth[i, a]], "found": values[a][seen.found[i, a]]}
                for a in np.flatnonzero(wrong[i])
            ],
        }
        for i in map(int, order)
    ]


def neighbours(folder, samples, real, train, sampled, tested):
    """The samples nearest to a training face, above that face; then the same for test faces. `sampled`, `tested`:
    (distances, indices of training faces)."""
    rows, listed = [], {}
    for name, pictures, (distances, index) in (("samples", samples, sampled), ("test", real, tested)):
        order = np.argsort(distances)[:COLUMNS]
        rows += [np.stack([pictures[i] for i in order]), np.stack([train.images[i] for i in index[order]])]
        listed[name] = [
            {"number": int(i), "trainingFace": int(index[i]), "distance": round(float(distances[i]), 2)} for i in order
        ]
    sheet(np.concatenate(rows), folder / "neighbours.webp")
    return listed


def write(folder, name, size, worst_rows, neighbour_rows):
    (folder / "pictures.json").write_text(
        json.dumps(
            {"model": name, "size": int(size), "columns": COLUMNS, "worst": worst_rows, "neighbours": neighbour_rows},
            indent=1,
        )
        + "\n"
    )
