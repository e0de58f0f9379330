"""A callback that was wished by a digit: recorded once, however often and late that is heard of."""

from datetime import datetime, timedelta

from domain.instants import later
from domain.recipient.callback import Callback, RecipientCallbackSet
from domain.recipient.events import RecipientEvent
from domain.recipient.state import RecipientState
from domain.recipient.wishes import Wish


def press_callback(
    person: RecipientState, campaign_id: str, wish: Wish, pressed_at: datetime, grace_seconds: int
) -> list[RecipientEvent]:
    """Wish a call by a digit that was pressed at `pressed_at`; nothing where that is known, or something was said since.

    `person` is known in all spellings. What became known of one call later may move its own wish.
    """
    enrollment = person.enrollments[campaign_id]
    since = enrollment.callback_said_at
    if since is not None and pressed_at <= since and not _is_moved(enrollment.callback, wish, pressed_at):
        return []
    return [
        RecipientCallbackSet(
            campaign_id=campaign_id,
            at=wish.at,
            give_up_at=later(wish.at, timedelta(seconds=grace_seconds)),
            source=wish.source,
            said=wish.said,
            said_at=pressed_at,
        )
    ]


def _is_moved(known: Callback | None, wish: Wish, pressed_at: datetime) -> bool:
    """Whether the wish is the one that is known, of the same call, for another time."""
    if known is None or known.said != wish.said:
        return False
    return known.at != wish.at and known.said_at is not None and known.said_at <= pressed_at
