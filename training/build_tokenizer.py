"""Stage 0: the vocabulary, CLIP's byte-pair encoding (arXiv 2103.00020, section 2.4) learned from our captions.

    python training/build_tokenizer.py --shards data/shards --out training/runs/tokenizer

Every word of the captions becomes one token; any other text falls back to pieces and bytes.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from common import Shards

PIECES = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def learn_merges(words, size):
    """Merges, most useful first, over a Counter of words."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PIECES), "removed", invert=True), ByteLevel(add_prefix_space=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=1,
        end_of_word_suffix="</w>",
        show_progress=False,
        initial_alphabet=ByteLevel.alphabet(),
    )
    # A square root flattens the counts, so that a rare word is whole too.
    tokenizer.train_from_iterator((" ".join([w] * max(1, int(n**0.5))) for w, n in words.items()), trainer)
    return [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--length", type=int, default=40, help="tokens a caption is padded or cut to")
    args = p.parse_args()

    words = Counter()
    texts = [text for row, _ in Shards(args.shards / "train").captions() for text in row]
    for text in texts:
        words.update(text.lower().split())
    merges = learn_merges(words, 4096)
    alphabet = sorted(ByteLevel.alphabet())
    tokens = alphabet + [c + "</w>" for c in alphabet] + [a + b for a, b in merges]
    vocab = {t: i for i, t in enumerate(dict.fromkeys(tokens))}
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocab[special] = len(vocab)
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=args.length)
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(args.out)
    # The two files of the classic layout, which the TypeScript tokenizer and older transformers read.
    (args.out / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    (args.out / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    lengths = sorted(len(ids) for ids in tokenizer(texts[:20000])["input_ids"])
    print(
        f"{len(vocab)} tokens; caption lengths: median {lengths[len(lengths) // 2]}, "
        f"99% {lengths[int(len(lengths) * 0.99)]}, longest {lengths[-1]}"
    )


if __name__ == "__main__":
    main()
