"""Counts that outlive the bounded log."""

from collections import Counter
from dataclasses import dataclass, field

from entrypoints.sandbox.applications import SlidingSecond
from entrypoints.sandbox.numbers import NumberCounts

NUMBERS_SHOWN_MAX = 100_000


@dataclass(slots=True)
class Tally:
    requests: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    by_fault: Counter[str] = field(default_factory=Counter)
    posts: int = 0
    posts_to: NumberCounts = field(default_factory=lambda: NumberCounts(NUMBERS_SHOWN_MAX))
    calls_to: NumberCounts = field(default_factory=lambda: NumberCounts(NUMBERS_SHOWN_MAX))
    accepted: SlidingSecond = field(default_factory=SlidingSecond)
    accepted_posts: int = 0

    def answered(self, status: int | None, code: str | None, fault: str | None) -> None:
        self.requests += 1
        self.by_status["none" if status is None else str(status)] += 1
        if code:
            self.by_code[str(code)] += 1
        if fault:
            self.by_fault[str(fault)] += 1  # orjson takes no subclass of str as a key

    def posted(self, to_number: str | None) -> None:
        """A POST /v1/calls arrived; `to_number` None when it named none."""
        self.posts += 1
        if to_number is not None:
            self.posts_to.add(to_number)

    def accepted_post(self, to_number: str, now_ns: int) -> None:
        self.accepted_posts += 1
        self.calls_to.add(to_number)
        self.accepted.add(now_ns)
