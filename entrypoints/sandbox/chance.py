"""Seeded choices: each is a hash of the seed and of what it is about, so the order of asking changes nothing."""

from hashlib import blake2b
from uuid import UUID

from entrypoints.sandbox.span import Span


class Chance:
    def __init__(self, seed: int) -> None:
        self._seed = seed

    def roll(self, *about: object) -> float:
        """A number in [0, 1), always the same for the same words."""
        return (int.from_bytes(self._digest(about)[:8]) >> 11) / 2**53

    def hits(self, rate: float, *about: object) -> bool:
        return rate > 0 and self.roll(*about) < rate

    def seconds(self, span: Span, *about: object) -> float:
        return span.min + (span.max - span.min) * self.roll(*about)

    def whole(self, low: int, high: int, *about: object) -> int:
        """An integer from `low` to `high`, both included."""
        return low + int(self.roll(*about) * (high - low + 1))

    def uuid(self, *about: object) -> str:
        return str(UUID(bytes=self._digest(about), version=4))

    def _digest(self, about: tuple[object, ...]) -> bytes:
        return blake2b("\x1f".join(map(str, (self._seed, *about))).encode(), digest_size=16).digest()
