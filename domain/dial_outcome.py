"""What became of one request to place a call: four outcomes, and what each means for whom."""

from typing import Literal

from msgspec import Struct

from domain.call import CallCreated
from domain.recipient import Concerns

# How a refusal slows the dialer down: too many a second, or too many at once. Neither is an attempt.
Throttle = Literal["calls_per_second", "calls_at_once"]


class Accepted(Struct, frozen=True, kw_only=True):
    """MiniVoice has the call. `created` is its answer, as a report of the call."""

    call_id: str
    status: int
    body: str
    created: CallCreated


class Refused(Struct, frozen=True, kw_only=True):
    """MiniVoice said that it did not place the call.

    `concerns` is what has to change before it is worth trying again, `counts` whether an attempt was used up,
    `throttle` which limit was met, if it was one; `retry_after_seconds` when it may be asked again, if it said so.
    """

    status: int
    code: str | None
    body: str
    concerns: Concerns
    counts: bool
    throttle: Throttle | None = None
    retry_after_seconds: float | None = None


class Abandoned(Struct, frozen=True, kw_only=True):
    """Nothing was sent: the connection was never made (`unreachable`), or we changed our mind."""

    why: str
    unreachable: bool = False


class Unresolved(Struct, frozen=True, kw_only=True):
    """The request was sent, or may have been, and the answer does not say whether there is a call."""

    why: str
    status: int | None = None
    body: str | None = None


DialOutcome = Accepted | Refused | Abandoned | Unresolved
