"""A small CLIP tokenizer and the ids that it gives, for make_reference.py."""

import itertools
import json

from transformers import CLIPTokenizer

TEXTS = [
    "a smiling person with curly red hair",
    "",
    "A SMILING   Person,\twearing\n round GLASSES!!",
    "it's the person's beard; they'll wink",
    "dragon xylophone 12 345",
    "naïve café ΩΔ 日本 😀",
    "word " * 40,
    "  leading and trailing  ",
]
CORPUS = "a person with curly red hair and round glasses smiling wearing the beard blue black hat shirt"


def byte_alphabet():
    """The printable stand-ins for the 256 bytes in GPT-2's and CLIP's vocabularies."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(rest))]


def write_tokenizer(folder, max_length):
    """A byte-pair tokenizer with a few merges, learned greedily from CORPUS."""
    words = [[*word[:-1], word[-1] + "</w>"] for word in CORPUS.split()]
    merges = []
    while True:
        counts = {}
        for word in words:
            for pair in itertools.pairwise(word):
                counts[pair] = counts.get(pair, 0) + 1
        if not counts or len(merges) >= 40:
            break
        best = max(sorted(counts), key=lambda pair: counts[pair])
        merges.append(best)
        for word in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = ["".join(best)]
                i += 1
    alphabet = byte_alphabet()
    tokens = [*alphabet, *(c + "</w>" for c in alphabet), *("".join(pair) for pair in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    vocab = {token: index for index, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False, indent=0))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    tokenizer = CLIPTokenizer(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=max_length
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def tokenizer_reference(tokenizer, max_length):
    cases = []
    for text in TEXTS:
        ids = tokenizer(text, padding="max_length", truncation=True, max_length=max_length).input_ids
        cases.append(dict(text=text, ids=ids, tokens=tokenizer.tokenize(text)))
    return dict(
        maxLength=max_length,
        bos=tokenizer.bos_token_id,
        eos=tokenizer.eos_token_id,
        pad=tokenizer.pad_token_id,
        cases=cases,
    )
