"""Whose turn it is: campaigns that share an account get turns in proportion to their weights, by virtual time.

A turn moves its campaign on by one over its weight; the one that is furthest back is next. Whoever had no use for its turns
saved nothing up: it comes back where the others are.
"""

from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

LEAST_WEIGHT = 0.001


class Turns(Struct, frozen=True, kw_only=True):
    """`now` is the virtual time at which the last turn began; `through` when each campaign's last one is over, kept while that is ahead."""

    now: float = 0.0
    through: Mapping[str, float] = {}

    def next_of(self, campaign_ids: Collection[str]) -> str:
        """Whose turn it is among these, at least one; the id decides between equals."""
        return min(campaign_ids, key=lambda campaign_id: (self._begins(campaign_id), campaign_id))

    def _begins(self, campaign_id: str) -> float:
        return max(self.now, self.through.get(campaign_id, self.now))


def taken(turns: Turns, campaign_id: str, weight: float) -> Turns:
    """A campaign took a turn."""
    now = max(turns.now, turns.through.get(campaign_id, turns.now))
    through = {other: until for other, until in turns.through.items() if until > now}
    return Turns(now=now, through={**through, campaign_id: now + _length(weight)})


def given_back(turns: Turns, campaign_id: str, weight: float) -> Turns:
    """A turn came to nothing, and the campaign may have another."""
    until = turns.through.get(campaign_id)
    return turns if until is None else replace(turns, through={**turns.through, campaign_id: until - _length(weight)})


def _length(weight: float) -> float:
    return 1 / max(weight, LEAST_WEIGHT)
