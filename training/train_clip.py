"""Stage 2 the other way, to be compared: a small CLIP. Which caption belongs to which picture?

    python training/train_clip.py --tokenizer training/runs/tokenizer --classifier training/runs/classifier-64 \
        --out training/runs/text-clip

Captions and pictures of a batch are brought into one space, and each has to find its partner among all others (Radford et
al. 2021, figure 3: symmetric cross-entropy over cosine similarities, with a learned temperature). The pictures' side is a
linear layer on the features of the judge, which stay as they are: these pictures need no second eye. The text is read
where train_text_encoder.py reads it. Captions that state the same, or nothing, count as wrong partners all the same: the
method has no way of knowing.

    python training/train_clip.py --tokenizer training/runs/tokenizer --probe training/runs/text-64/text_encoder

only measures: how much does a linear layer, learned on captions of 1,000 faces, read off any text encoder's states?
"""

import argparse
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from transformers import CLIPTextModel, CLIPTokenizer

from common import Run, Shards
from train_classifier import load
from train_text_encoder import build, end_position, labels, tokenize


def states_at(text_encoder, ids, position):
    """(B, C): the states of ids (B, T) at positions (B,)."""
    return text_encoder(ids).last_hidden_state[torch.arange(len(ids)), position]


class SmallClip(nn.Module):
    """Ids (B, T), a position (B,) and picture features (B, 256) -> similarities (B, B), captions down, pictures across."""

    def __init__(self, text_encoder, features, width=128):
        super().__init__()
        self.text_encoder = text_encoder
        self.text_projection = nn.Linear(text_encoder.config.hidden_size, width, bias=False)
        self.visual_projection = nn.Linear(features, width, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, ids, position, features):
        text = F.normalize(self.text_projection(states_at(self.text_encoder, ids, position)), dim=1)
        picture = F.normalize(self.visual_projection(features), dim=1)
        with torch.autocast(text.device.type, enabled=False):  # a cosine times 100 in bfloat16 is coarse
            return text.float() @ picture.float().T * self.logit_scale.clamp(max=math.log(100)).exp()


@torch.no_grad()
def picture_features(judge, shards, batch=500):
    """(N, 256), standardised."""
    parts = [
        judge.features(shards.batch(range(i, min(i + batch, shards.count)))) for i in range(0, shards.count, batch)
    ]
    features = torch.cat(parts)
    return (features - features.mean(0)) / features.std(0).clamp(min=1e-3)


def probe(text_encoder, tokenizer, train, held_out, steps=400):
    """The share of stated facts that a linear layer reads off the last states of unseen captions."""
    sizes = [len(v) for v in train.values]

    @torch.no_grad()
    def read(shards, count):
        rows = shards.captions()
        texts = [text for texts, _ in rows for text in texts][:count]
        parts = [tokenize(tokenizer, texts[i : i + 500]).long() for i in range(0, len(texts), 500)]
        states = [states_at(text_encoder, ids, torch.full((len(ids),), ids.shape[1] - 1)) for ids in parts]
        return torch.cat(states), labels(shards, rows)[:count]

    (states, target), (others, truth) = read(train, 8000), read(held_out, 2000)
    mean, std = states.mean(0), states.std(0).clamp(min=1e-3)
    states, others = (states - mean) / std, (others - mean) / std
    heads = nn.ModuleList(nn.Linear(states.shape[1], n + 1) for n in sizes)
    optimizer = torch.optim.Adam(heads.parameters(), lr=1e-2)
    for _ in range(steps):
        index = torch.randint(len(states), (512,))
        loss = sum(F.cross_entropy(head(states[index]), target[index, a]) for a, head in enumerate(heads))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = torch.stack([head(others).argmax(1) for head in heads], 1)
    return round((found == truth)[truth < torch.tensor(sizes)].float().mean().item(), 4)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--tokenizer", type=Path, required=True)
    p.add_argument("--classifier", type=Path, help="run folder of train_classifier.py")
    p.add_argument("--out", type=Path)
    p.add_argument("--probe", type=Path, help="a text_encoder folder: trains nothing, only measures")
    p.add_argument("--width", type=int, default=160)
    p.add_argument("--layers", type=int, default=3)
    p.add_argument("--steps", type=int, default=800)
    p.add_argument("--batch", type=int, default=96)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--seed", type=int, default=2)
    args = p.parse_args()
    if not args.probe and not (args.classifier and args.out):
        p.error("expected --classifier and --out to train, or --probe to measure")

    tokenizer = CLIPTokenizer.from_pretrained(args.tokenizer)
    train, held_out = Shards(args.shards / "train"), Shards(args.shards / "validation")
    if args.probe:
        encoder = CLIPTextModel.from_pretrained(args.probe)
        print(
            f"{args.probe}: a linear layer reads {probe(encoder, tokenizer, train, held_out):.1%} of the stated facts"
        )
        return
    features = picture_features(load(args.classifier), train)
    model = SmallClip(build(tokenizer, args.width, args.layers), features.shape[1])
    run = Run(args.out, model, lr=args.lr, steps=args.steps, seed=args.seed, ema_decay=0.99)
    rows = train.captions()
    per_image = len(rows[0][0])
    ids = tokenize(tokenizer, [text for texts, _ in rows for text in texts])
    total = 0.0
    while not run.done():
        picture = torch.randperm(train.count)[: args.batch]
        batch = ids[picture * per_image + torch.randint(per_image, (args.batch,))].long()
        scores = run.model(batch, end_position(batch, tokenizer.eos_token_id), features[picture]).float()
        partner = torch.arange(args.batch)
        loss = (F.cross_entropy(scores, partner) + F.cross_entropy(scores.T, partner)) / 2
        run.update(loss)
        total += loss.item()
        if run.step % 100 == 0:
            run.log(loss=round(total / 100, 4))
            run.save()
            total = 0.0

    run.save()
    with run.averaged():
        run.log(stated=probe(model.text_encoder, tokenizer, train, held_out))
        model.text_encoder.save_pretrained(args.out / "text_encoder")


if __name__ == "__main__":
    main()
