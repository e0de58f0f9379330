"""The callback that a row of an import wishes: whether it can be one, what it comes to, and what is said where nobody may keep it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from adapters.documents.wished_time import WishedTime
from adapters.ledger.transaction import Transaction
from adapters.recipient_callback import AT, wish_of_row
from adapters.recipient_file import Complaint, RecipientRow, Remark
from application.commands.callbacks import why_too_late, wish_in
from domain import recipient
from domain.campaign import CampaignState
from domain.errors import Conflict, InvalidInput
from domain.recipient import Enrollment, RecipientEvent, Wish

WITHOUT_IT = "they are enrolled without this callback"
WISH_IT_ANEW = "then wish it by itself"
AS_BEFORE = (
    "they are in the campaign already, and what was wished of them stays as it is; move it by itself, if it has changed"
)


class RowWish(Struct, frozen=True):
    """What is recorded of it, or what is remarked of the row instead."""

    events: Sequence[RecipientEvent] = ()
    remarks: Sequence[Remark] = ()


def wish_fault(row: RecipientRow, state: CampaignState, now: datetime) -> Complaint | None:
    """Why a row whose time can be read is not enrolled: nobody could be called then, whoever they are."""
    if row.callback_at is None:
        return None
    read = wish_of_row(row.callback_at, row.callback_zone)
    try:
        recipient.check_wished(read.at, now)
    except InvalidInput as error:
        return Complaint(line=row.line, field=AT, reason=error.message, cell=_as_said(read))
    too_late = why_too_late(state, read.at)
    return None if too_late is None else Complaint(line=row.line, field=AT, reason=too_late, cell=_as_said(read))


def wish_of_new(
    tx: Transaction, state: CampaignState, stream: str, row: RecipientRow, enrolled: Sequence[RecipientEvent]
) -> RowWish:
    """The callback of somebody whom `enrolled` puts into the campaign."""
    if row.callback_at is None:
        return RowWish()
    own = tx.recipient(stream)
    for event in enrolled:
        own = recipient.evolve(own, event, tx.now)
    person = recipient.as_person(own, [tx.recipient(one) for one in tx.other_streams(row.number)])
    read = wish_of_row(row.callback_at, row.callback_zone)
    wish = Wish(at=read.at, source="import", local=read.local, zone=read.zone)
    try:
        return RowWish(wish_in(tx, state, person, wish))
    except Conflict as error:
        return RowWish(remarks=[_remark(row, read, f"{WITHOUT_IT}: {error}; {WISH_IT_ANEW}")])


def remark_of_known(row: RecipientRow, known: Enrollment) -> Sequence[Remark]:
    """What is said where somebody is in the campaign already, and the row wishes another time than was wished last."""
    if row.callback_at is None:
        return []
    read = wish_of_row(row.callback_at, row.callback_zone)
    is_known = known.callback is not None and known.callback.at == read.at
    return [] if is_known else [_remark(row, read, AS_BEFORE)]


def _remark(row: RecipientRow, read: WishedTime, reason: str) -> Remark:
    return Remark(line=row.line, field=AT, reason=reason, cell=_as_said(read))


def _as_said(read: WishedTime) -> str:
    """The time as it was read, which is nobody's number."""
    said = read.local or read.at.isoformat()
    return said if read.zone is None else f"{said} {read.zone}"
