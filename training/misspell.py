"""Captions as people type them: a letter wrong, a word that says nothing. The words' meaning stays."""

import random

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Words that people add and that state no fact; none is a word of the captions.
FILLERS = [
    "please",
    "very",
    "nice",
    "cute",
    "beautiful",
    "young",
    "photo",
    "quick",
    "some",
    "really",
    "friendly",
    "style",
    "avatar",
    "icon",
    "cartoon",
    "illustration",
    "that",
    "this",
    "here",
    "maybe",
]


def misspelled(word, rng):
    """One letter dropped, doubled, replaced, added, or swapped with the next."""
    kind, i = rng.randrange(5), rng.randrange(len(word))
    if kind == 0:
        return word[:i] + word[i + 1 :]
    if kind == 1:
        return word[:i] + word[i] + word[i:]
    if kind == 2:
        return word[:i] + rng.choice(LETTERS) + word[i + 1 :]
    if kind == 3:
        return word[:i] + rng.choice(LETTERS) + word[i:]
    i = min(i, len(word) - 2)
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def as_typed(text, known, rng=random, wrong=0.15, filler=0.1):
    """`text` with one letter wrong in each word with probability `wrong`, and a filler before it with probability `filler`.
    Words under four letters stay, and none becomes another word of `known` (a set of lower-case words)."""
    out = []
    for word in text.split():
        core = word.strip(",.").lower()
        if rng.random() < filler:
            out.append(rng.choice(FILLERS))
        if len(core) >= 4 and core.isalpha() and rng.random() < wrong:
            other = misspelled(core, rng)
            if other not in known:
                word = word.lower().replace(core, other)
        out.append(word)
    return " ".join(out)
