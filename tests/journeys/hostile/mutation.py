"""Inputs that nobody would write, made of some that are right: by a seed, thousands a second."""

import json
import re
from collections.abc import Sequence
from random import Random  # noqa: TID251 - seeded

from tests.hostile import VALUES

BYTES_MAX = 64 * 1024
WORDS_LONG_SHARE = 0.002
VALUES_SHARE, BYTES_SHARE = 0.8, 0.25
CHANGES_MAX = 3
SLICE_BYTES_MAX = 64
NESTED_MAX = 2_000
_WORDS = re.compile(rb'"(?:[^"\\]|\\.)*"|[^\s{}\[\]:,;=<>&"]+')
"""What a change puts something else in place of: texts, and whatever stands between two signs."""


class Mutator:
    """Makes inputs of those in `corpus`. Some changes put one word of `words`, or of another input, in place of a word; others are blind."""

    def __init__(self, chance: Random, corpus: Sequence[bytes], words: Sequence[bytes] = ()) -> None:
        self._chance = chance
        self._corpus = list(corpus)
        self._places = [[found.span() for found in _WORDS.finditer(one[:BYTES_MAX])] for one in corpus]
        known = [*VALUES.values(), *words]
        theirs = {one[begin:end] for one, places in zip(corpus, self._places, strict=True) for begin, end in places}
        self._short = sorted({*(one for one in known if len(one) <= SLICE_BYTES_MAX), *theirs})
        self._long = [one for one in known if len(one) > SLICE_BYTES_MAX]

    def next(self) -> bytes:
        """One more, of at most BYTES_MAX bytes."""
        chance = self._chance
        place = chance.randrange(len(self._corpus))
        data = self._corpus[place]
        if self._places[place] and chance.random() < VALUES_SHARE:
            data = self._with_other_words(data, self._places[place])
        if chance.random() < BYTES_SHARE:
            for _ in range(chance.randint(1, CHANGES_MAX)):
                data = self._changed(data)
        return data[:BYTES_MAX]

    def word(self) -> bytes:
        """A word of the known ones, seldom a long one."""
        if self._long and self._chance.random() < WORDS_LONG_SHARE:
            return self._chance.choice(self._long)
        return self._chance.choice(self._short)

    def _with_other_words(self, data: bytes, places: Sequence[tuple[int, int]]) -> bytes:
        wanted = self._chance.sample(places, min(len(places), 1 + int(self._chance.expovariate(1.2))))
        for begin, end in sorted(wanted, reverse=True):
            data = data[:begin] + self.word() + data[end:]
        return data

    def _changed(self, data: bytes) -> bytes:
        chance = self._chance
        at, kind = chance.randrange(len(data) + 1), chance.randrange(9)
        end = min(len(data), at + chance.randint(1, SLICE_BYTES_MAX))
        if kind == 0:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        if kind == 1:
            return data[:at] + data[end:]
        if kind == 2:
            return data[:end] + data[at:end] * chance.randint(1, 4) + data[end:]
        if kind == 3:
            return data[:at] + self.word() + data[at:]
        if kind == 4:
            return data[:at]
        if kind == 5 and data:
            flipped = data[at % len(data)] ^ (1 << chance.randrange(8))
            return data[: at % len(data)] + bytes([flipped]) + data[at % len(data) + 1 :]
        if kind == 6:
            other = chance.choice(self._corpus)
            return data[:at] + other[chance.randrange(len(other) + 1) :]
        if kind == 7 and chance.random() < WORDS_LONG_SHARE:
            levels = chance.randint(1, NESTED_MAX)
            return data[:at] + chance.choice((b"[", b'{"a":')) * levels + data[at:]
        return data[:at] + self.word() + data[end:]


def as_text(data: bytes) -> str:
    """What an input is shown as where it is told of: all of it, on one line."""
    return json.dumps(data.decode("latin-1"))
