"""Outcomes one batch after the other: where each ends, the next begins."""

from typing import NamedTuple

from dialtrail_client.models import Outcome, OutcomesPage


class OutcomeBatch(NamedTuple):
    """Some outcomes, and the place to go on after once all of them are dealt with."""

    rows: list[Outcome]
    after: str


def batch_of(page: OutcomesPage) -> OutcomeBatch:
    """A page as a batch."""
    return OutcomeBatch(page["items"], page["next"] or str(page["position"]))
