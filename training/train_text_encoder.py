"""Stage 2: the text encoder learns to read: from any caption, which facts does it state?

    python training/train_text_encoder.py --tokenizer training/runs/tokenizer --out training/runs/text-64

A linear head on the state at the end of the text (one of the end tokens, drawn at random: the causal mask lets all
of them see every word) names each attribute's value, or says that the text leaves it open. The denoiser of the
next stage starts from these weights and goes on training them. Learned from the denoiser's loss alone, the same
words took several times as many of the far more expensive denoiser steps (see docs/LOG.md).
"""

import argparse
import random
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from common import Run, Shards
from misspell import as_typed


def build(tokenizer, width, layers):
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=4 * width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            max_position_embeddings=tokenizer.model_max_length,
            projection_dim=width,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def tokenize(tokenizer, texts):
    """Padded ids (N, T) as int16."""
    ids = tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    return ids.to(torch.int16)


class Reader(nn.Module):
    """Ids (B, T) and a position (B,) -> logits, one tensor (B, values + 1) per attribute, the last: left open; and the
    states (B, T, C) that they were read from."""

    def __init__(self, text_encoder, sizes):
        super().__init__()
        self.text_encoder = text_encoder
        self.heads = nn.ModuleList(nn.Linear(text_encoder.config.hidden_size, n + 1) for n in sizes)

    def forward(self, ids, position):
        states = self.text_encoder(ids).last_hidden_state
        h = states[torch.arange(len(ids)), position]
        return [head(h) for head in self.heads], states


def labels(shards, rows):
    """(N * captions, A): the value's index where the caption states it, else the number of values."""
    truth = torch.from_numpy(shards.attributes).long()
    left_open = torch.tensor([len(v) for v in shards.values])
    out = left_open.repeat(shards.count * len(rows[0][0]), 1)
    k = 0
    for i, (_, mentioned) in enumerate(rows):
        for facts in mentioned:
            out[k, facts] = truth[i, facts]
            k += 1
    return out


def end_position(ids, end):
    """One of the end tokens of each text, drawn at random: (B,)."""
    length = (ids != end).sum(1)
    return length + (torch.rand(len(ids)) * (ids.shape[1] - length)).long().clamp(max=ids.shape[1] - 1)


@torch.no_grad()
def read(model, tokenizer, texts):
    """The value that the model reads for each attribute, the number of values where it reads none: (N, A)."""
    ids = tokenize(tokenizer, texts).long()
    logits, _ = model(ids, end_position(ids, tokenizer.eos_token_id))
    return torch.stack([h.argmax(1) for h in logits], 1)


def distance_to(anchor, states, written, typed):
    """How far `states` (B, T, C) are from those that `anchor` gives for the captions as they were written: everywhere,
    or, for the rows `typed`, whose words lie elsewhere, at the last place, which has seen them all."""
    with torch.no_grad():
        wanted = anchor(written).last_hidden_state
    error = (states.float() - wanted.float()).pow(2).mean(2)
    everywhere = torch.ones(len(error), dtype=torch.bool)
    everywhere[typed] = False
    return (error[everywhere].mean() if everywhere.any() else 0) + (error[typed, -1].mean() if typed else 0)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--tokenizer", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--start", type=Path, help="a text_encoder folder to go on from")
    p.add_argument(
        "--keep",
        action="store_true",
        help="a denoiser has learned to listen to --start: keep the states that "
        "it gives for captions as written, and give the same for captions as typed",
    )
    p.add_argument("--width", type=int, default=160)
    p.add_argument("--layers", type=int, default=3)
    p.add_argument("--steps", type=int, default=1500)
    p.add_argument("--minutes", type=float)
    p.add_argument("--batch", type=int, default=96)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--typed", type=float, default=0.0, help="share of captions with misspellings and idle words")
    p.add_argument("--seed", type=int, default=2)
    args = p.parse_args()

    tokenizer = CLIPTokenizer.from_pretrained(args.tokenizer)
    train = Shards(args.shards / "train")
    encoder = CLIPTextModel.from_pretrained(args.start) if args.start else build(tokenizer, args.width, args.layers)
    anchor = CLIPTextModel.from_pretrained(args.start).eval().requires_grad_(False) if args.keep else None
    model = Reader(encoder, [len(v) for v in train.values])
    run = Run(args.out, model, lr=args.lr, steps=args.steps, minutes=args.minutes, seed=args.seed, ema_decay=0.99)
    rows = train.captions()
    texts = [text for texts, _ in rows for text in texts]
    ids, target = tokenize(tokenizer, texts), labels(train, rows)
    known, rng = set(train.schema["words"]), random.Random(args.seed)
    total = 0.0
    while not run.done():
        index = torch.randint(len(ids), (args.batch,))
        written = ids[index].long()
        batch = written.clone()
        typed = (torch.rand(args.batch) < args.typed).nonzero()[:, 0].tolist()
        if typed:
            batch[typed] = tokenize(tokenizer, [as_typed(texts[index[i]], known, rng) for i in typed]).long()
        logits, states = run.model(batch, end_position(batch, tokenizer.eos_token_id))
        loss = sum(F.cross_entropy(h.float(), target[index, a]) for a, h in enumerate(logits)) / len(logits)
        run.update(loss + (distance_to(anchor, states, written, typed) if anchor else 0))
        total += loss.item()
        if run.step % 100 == 0:
            run.log(loss=round(total / 100, 4))
            run.save()
            total = 0.0
    run.save()
    held_out = Shards(args.shards / "validation")
    rows = held_out.captions()
    texts, target = [text for texts, _ in rows for text in texts][:2000], labels(held_out, rows)[:2000]
    for kind, share in (("as written", 0), ("as typed", 1)):
        found = read(model, tokenizer, [as_typed(t, known, rng) if share else t for t in texts])
        stated = target < torch.tensor([len(v) for v in held_out.values])
        run.log(
            captions=kind,
            accuracy=round((found == target).float().mean().item(), 4),
            stated=round((found == target)[stated].float().mean().item(), 4),
        )
    model.text_encoder.save_pretrained(args.out / "text_encoder")


if __name__ == "__main__":
    main()
