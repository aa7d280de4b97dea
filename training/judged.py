"""What is asked of a model, and what the judge sees in pictures."""

import json

import numpy as np
import torch

from common import psnr, to_bytes
from copying import small
from spectrum import peaks


def asked(shards, count):
    """One caption each of the first `count` faces: prompts (N), truth (N, A), and mentioned (N, A), the facts it states.

    Caption k of face i, k running with i, skipping the empty ones: every length of caption takes part
    (src/datasets/evaluationPrompts.ts gives the same).
    """
    rows = shards.captions()[:count]
    picks = [next(k for j in range(len(m)) if m[k := (i + j) % len(m)]) for i, (_, m) in enumerate(rows)]
    truth = torch.from_numpy(shards.attributes[: len(rows)]).long()
    mentioned = torch.zeros(truth.shape, dtype=torch.bool)
    for i, ((_, facts), k) in enumerate(zip(rows, picks, strict=True)):
        mentioned[i, facts[k]] = True
    return [texts[k] for (texts, _), k in zip(rows, picks, strict=True)], truth, mentioned


class Questions:
    """What is asked about the faces of one split: `prompts`, `truth` (N, A) and `mentioned` (N, A)."""

    def __init__(self, shards, count):
        self.shards = shards
        self.prompts, truth, mentioned = asked(shards, count)
        self.truth, self.mentioned, self.count = truth.numpy(), mentioned.numpy(), len(self.prompts)


class Wordings:
    """Several wordings of the same facts of test faces, as tools/write-wordings.ts wrote them."""

    def __init__(self, path, shards, count):
        rows = [json.loads(line) for line in path.read_text().splitlines()][:count]
        self.kinds = list(rows[0]["texts"])
        self.prompts = {kind: [row["texts"][kind] for row in rows] for kind in self.kinds}
        self.truth = shards.attributes[[row["face"] for row in rows]].astype(np.int64)
        self.mentioned = np.zeros(self.truth.shape, bool)
        for i, row in enumerate(rows):
            self.mentioned[i, row["mentioned"]] = True


class Seen:
    """What is kept of pictures, uint8 (N, S, S, 3): the judge's answers (N, A) and how sure it is of them, its features
    (N, 256), the pictures at 32 x 32 and the heights of their periods."""

    @torch.no_grad()
    def __init__(self, judge, pictures, batch=250):
        parts = []
        for i in range(0, len(pictures), batch):
            bytes_ = np.array(pictures[i : i + batch])
            features = judge.features(torch.from_numpy(bytes_).permute(0, 3, 1, 2).float().div_(127.5).sub_(1))
            logs = [head(features).log_softmax(1) for head in judge.heads]
            parts.append(
                (
                    torch.stack([log.argmax(1) for log in logs], 1).numpy(),
                    features.numpy(),
                    small(bytes_),
                    peaks(bytes_),
                    [log.numpy() for log in logs],
                )
            )
        self.found, self.features, self.small, self.peaks = (np.concatenate([p[k] for p in parts]) for k in range(4))
        self.logs = [np.concatenate([p[4][a] for p in parts]) for a in range(len(judge.heads))]

    def doubt(self, truth, mentioned):
        """(N,): how improbable the judge finds the stated facts, -log p, summed."""
        return -sum(
            np.where(mentioned[:, a], log[np.arange(len(log)), truth[:, a]], 0) for a, log in enumerate(self.logs)
        )


@torch.no_grad()
def reconstruct(pipe, shards, count, batch=50):
    """Through the first stage (the posterior's mode) and back: bytes (N, S, S, 3), and PSNR (N,) before rounding."""
    pictures, decibels = [], []
    for i in range(0, count, batch):
        x = shards.batch(np.arange(i, min(i + batch, count)))
        y = pipe.vae.decode(pipe.vae.encode(x.to(pipe.device)).latent_dist.mode()).sample.clamp(-1, 1).cpu()
        pictures.append(to_bytes(y))
        decibels.append(psnr(y, x))
    return np.concatenate(pictures), torch.cat(decibels).numpy()
