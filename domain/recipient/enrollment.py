"""A person's place in a campaign."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.recipient.callback import Callback
from domain.recipient.events import RecipientEnrolled, RecipientWithdrawn
from domain.recipient.lookups import WithdrawnCause


class Enrollment(Struct, frozen=True, kw_only=True):
    """A person's place in a campaign; `reference` is by what the user's own system knows them there; `callback` is
    the call that was wished last, kept or not, and `callback_said_at` when anything was said of that last.

    Of who was taken out, `withdrawn_cause` is what of ours said so, and `withdrawn_why` in which words, if that is known.
    Who is `erased` is called no more; where they stood otherwise stays.
    """

    zone: str | None = None
    variables: Mapping[str, str] = {}
    import_id: str | None = None
    line: int | None = None
    reference: str | None = None
    withdrawn: bool = False
    withdrawn_cause: WithdrawnCause | None = None
    withdrawn_why: str | None = None
    callback: Callback | None = None
    callback_said_at: datetime | None = None
    erased: bool = False

    def taken_out(self, event: RecipientWithdrawn) -> "Enrollment":
        """The place of somebody whom the campaign shall not call any more."""
        return replace(self, withdrawn=True, withdrawn_cause=event.cause, withdrawn_why=event.reason)


def all_erased(enrollments: Mapping[str, Enrollment]) -> Mapping[str, Enrollment]:
    """The places of somebody who is forgotten: a wish to be called is given up with them."""
    return {i: replace(one, erased=True, callback=None) for i, one in enrollments.items()}


def enrollment_of(event: RecipientEnrolled) -> Enrollment:
    """The place that an enrolment gives."""
    return Enrollment(
        zone=event.zone,
        variables=event.variables,
        import_id=event.import_id,
        line=event.line,
        reference=event.reference,
    )
