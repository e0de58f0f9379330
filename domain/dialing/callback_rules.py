"""The rule that hangs on a wished time: before it nobody calls. What gives way to it then is in the rules of attempts."""

from collections.abc import Iterator
from datetime import datetime

from domain.dialing.verdict import Reason
from domain.recipient.callback import Callback

CALLBACK_WAITS = "callback_waits"


def callback_reasons(wish: Callback | None, now: datetime) -> Iterator[Reason]:
    """What a wish that nobody has kept yet says at `now`."""
    if wish is None or now >= wish.at:
        return
    inputs = {
        "at": wish.at.isoformat(),
        "give_up_at": wish.give_up_at.isoformat(),
        "source": wish.source,
        "local": wish.local,
        "zone": wish.zone,
    }
    yield Reason(rule=CALLBACK_WAITS, scope="recipient", until=wish.at, inputs=inputs)
