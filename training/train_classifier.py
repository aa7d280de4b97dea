"""The judge: a small convolutional network that reads every attribute off a picture. It never sees a sample.

    npm run render-faces -- --split heldout --seed judge-1 --count 8000 --out data/shards/judge
    python training/train_classifier.py --shards data/shards --extra data/shards/judge data/shards-128/train \
        --out training/runs/classifier-64

Training pictures are real renders, half of them slightly blurred, noised or shifted, so that its verdict does
not hang on a single crisp pixel. `--extra` adds faces that the judge must not take for something else: combinations
that the models never see (of another seed than those that are measured), and larger renders, shrunk.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from common import Run, Shards


def resize(x, side):
    """(B, C, S, S) -> (B, C, side, side), each pixel the mean of those that it stands for."""
    return x if x.shape[-1] == side else F.interpolate(x, size=(side, side), mode="area")


class Classifier(nn.Module):
    """(B, 3, S, S) in [-1, 1] -> a list of logits, one tensor (B, values) per attribute. It looks at 64 x 64 pixels:
    larger pictures are shrunk by averaging."""

    def __init__(self, sizes, widths=(32, 64, 96, 128)):
        super().__init__()
        layers, channels = [], 3
        for width in widths:
            layers += [
                nn.Conv2d(channels, width, 3, padding=1),
                nn.BatchNorm2d(width),
                nn.SiLU(),
                nn.Conv2d(width, width, 3, stride=2, padding=1),
                nn.BatchNorm2d(width),
                nn.SiLU(),
            ]
            channels = width
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * 16, 256), nn.SiLU())
        self.heads = nn.ModuleList(nn.Linear(256, n) for n in sizes)

    def features(self, x):
        """(B, 256): what the answers are read from."""
        return self.trunk(resize(x, 64))

    def forward(self, x):
        h = self.features(x)
        return [head(h) for head in self.heads]


def disturb(x):
    """Half of the batch with a blur, noise and a shift of up to one pixel."""
    kernel = torch.tensor([1.0, 2.0, 1.0], device=x.device)
    kernel = (kernel[:, None] * kernel / 16).expand(3, 1, 3, 3)
    y = torch.lerp(x, F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, groups=3), torch.rand(len(x), 1, 1, 1))
    y = y + 0.08 * torch.rand(len(x), 1, 1, 1) * torch.randn_like(y)
    y = torch.roll(y, tuple(torch.randint(-1, 2, (2,)).tolist()), (2, 3))
    return torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, y, x)


@torch.no_grad()
def predict(model, images, batch=250):
    """Value indices (N, A) for images (N, 3, S, S)."""
    model.eval()
    return torch.cat([torch.stack([h.argmax(1) for h in model(x)], 1) for x in images.split(batch)])


def load(folder):
    state = torch.load(Path(folder) / "classifier.pt", weights_only=True)
    model = Classifier(state["sizes"])
    model.load_state_dict(state["weights"])
    return model.eval()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument(
        "--extra", type=Path, nargs="*", default=[], help="folders of more faces: together half of every batch"
    )
    p.add_argument("--start", type=Path, help="a run folder of this script to go on from")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--steps", type=int, default=2500)
    p.add_argument("--minutes", type=float)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()

    train, held_out = Shards(args.shards / "train"), Shards(args.shards / "test")
    extra = [Shards(folder) for folder in args.extra]
    share = args.batch // 2 // len(extra) if extra else 0
    parts = [(train, args.batch - share * len(extra))] + [(shards, share) for shards in extra]
    sizes = [len(v) for v in train.values]
    model = load(args.start) if args.start else Classifier(sizes)
    run = Run(args.out, model, lr=args.lr, steps=args.steps, minutes=args.minutes, seed=args.seed, ema_decay=0.99)
    total = 0.0
    while not run.done():
        model.train()
        picks = [(shards, torch.randint(shards.count, (n,)).numpy()) for shards, n in parts]
        x = torch.cat([resize(shards.batch(index), 64) for shards, index in picks])
        truth = torch.from_numpy(np.concatenate([shards.attributes[index] for shards, index in picks])).long()
        logits = run.model(disturb(x))
        loss = sum(F.cross_entropy(h.float(), truth[:, a]) for a, h in enumerate(logits)) / len(sizes)
        run.update(loss)
        total += loss.item()
        if run.step % 50 == 0:
            run.log(loss=round(total / 50, 4))
            total = 0.0
            run.save()
    run.save()
    right = predict(model, held_out.batch(np.arange(held_out.count))) == torch.from_numpy(held_out.attributes).long()
    run.log(
        accuracy={n: round(v, 4) for n, v in zip(train.names, right.float().mean(0).tolist(), strict=True)},
        mean=round(right.float().mean().item(), 4),
        all=round(right.all(1).float().mean().item(), 4),
    )
    torch.save({"sizes": sizes, "weights": model.state_dict()}, args.out / "classifier.pt")


if __name__ == "__main__":
    main()
