"""That no two recipients of a campaign have one reference, where its plan says so."""

from collections.abc import Collection

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from adapters.recipient_file import Complaint, RecipientRow
from domain.campaign import CampaignState
from domain.errors import Conflict, ViewsBehind
from domain.recipient import REFERENCE, RecipientEnrolled, reference_of

EVENTS_SINCE_MAX = 10_000
"""What may have been recorded since the views were asked: it is read while all others who write wait."""


class ReferencesTaken(Struct, frozen=True):
    """Which of an import's references the campaign has already, as far as a position of the ledger."""

    position: int
    taken: Collection[str]


class ReferenceCheck:
    """Looks at one row after another, each of a recipient who is new; what it finds nothing against counts as taken."""

    def __init__(self, taken: Collection[str] | None) -> None:
        """`taken` is None where references may repeat."""
        self._taken = taken
        self._lines: dict[str, int] = {}

    def complaint(self, row: RecipientRow) -> Complaint | None:
        """Why a row cannot be used, or None."""
        reference = None if self._taken is None else reference_of(row.variables)
        if self._taken is None or reference is None:
            return None
        if reference in self._taken:
            reason = "is another recipient's in this campaign, whose references are unique; give this one its own"
            return Complaint(line=row.line, field=REFERENCE, reason=reason)
        first = self._lines.setdefault(reference, row.line)
        if first == row.line:
            return None
        reason = f"repeats the reference of line {first}, and the campaign's are unique; give this one its own"
        return Complaint(line=row.line, field=REFERENCE, reason=reason)


def check_references(tx: Transaction, state: CampaignState, known: ReferencesTaken | None) -> ReferenceCheck:
    """The check for one import: what the views knew, and whoever was enrolled since.

    Raises `ViewsBehind` where that are too many, `Conflict` where the plan has just come to say it.
    """
    if state.plan.unique_references is not True:
        return ReferenceCheck(None)
    if known is None:
        raise Conflict(f"campaign {state.campaign_id} was revised meanwhile; send the import again")
    since = tx.events_since(known.position, EVENTS_SINCE_MAX)
    if since is None:
        raise ViewsBehind("more was recorded meanwhile than can be looked through for references; try again")
    enrolled = (event for event in since if isinstance(event, RecipientEnrolled))
    here = (event.reference for event in enrolled if event.campaign_id == state.campaign_id)
    return ReferenceCheck({*known.taken, *(reference for reference in here if reference is not None)})
