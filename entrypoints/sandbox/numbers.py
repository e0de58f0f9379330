"""Counts by number, bounded: a sandbox that runs for weeks meets ever more of them."""


class NumberCounts:
    """The number that was first seen longest ago is forgotten for a new one beyond `numbers_max`, and that is counted."""

    def __init__(self, numbers_max: int) -> None:
        self._numbers_max = numbers_max
        self.by_number: dict[str, int] = {}
        self.forgotten = 0

    def add(self, number: str) -> int:
        """One more for this number; how many it has now."""
        if number not in self.by_number and len(self.by_number) >= self._numbers_max:
            del self.by_number[next(iter(self.by_number))]
            self.forgotten += 1
        count = self.by_number[number] = self.by_number.get(number, 0) + 1
        return count
