"""What lookups answered, kept in memory: the latest, within a bound on how many and on their bytes."""

from collections.abc import Hashable
from sys import getsizeof

from domain.recipient import LookupAnswer

KEPT_MAX = 10_000
KEPT_BYTES_MAX = 32 * 1024 * 1024


class KeptAnswers:
    """Answers by whom they are of; those that were kept first go first. Who is not found here is asked about again."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, LookupAnswer] = {}
        self._bytes = 0

    def keep(self, key: Hashable, answer: LookupAnswer) -> None:
        """In the place of what was kept by this key."""
        self.forget(key)
        self._answers[key] = answer
        self._bytes += bytes_of(answer)
        while len(self._answers) > KEPT_MAX or self._bytes > KEPT_BYTES_MAX:
            self.forget(next(iter(self._answers)))

    def get(self, key: Hashable) -> LookupAnswer | None:
        """What is kept by this key."""
        return self._answers.get(key)

    def forget(self, key: Hashable) -> None:
        """Keep nothing by this key."""
        gone = self._answers.pop(key, None)
        if gone is not None:
            self._bytes -= bytes_of(gone)


def bytes_of(answer: LookupAnswer) -> int:
    """The bytes of memory that its texts take; the rest is of much the same size for each."""
    texts = (answer.url, answer.reason or "", *answer.variables, *answer.variables.values())
    return sum(getsizeof(text) for text in texts)
