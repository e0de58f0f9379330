"""How fast to dial, as pure state machines of a monotonic clock in seconds.

A campaign has a pace of its own, perhaps with a ramp; the account has one that all campaigns share, which is set or found
out from the provider's refusals.
"""

from domain.pacing.account_pace import (
    AccountLimits,
    AccountPace,
    Limit,
    accepted,
    begun,
    call_ended,
    refused,
    troubled,
    understood,
)
from domain.pacing.account_pace import filled as account_filled
from domain.pacing.account_pace import released as account_released
from domain.pacing.account_pace import sent as account_sent
from domain.pacing.account_pace import written as account_written
from domain.pacing.estimate import LimitEstimate, is_worth_recording
from domain.pacing.hold import PaceHold
from domain.pacing.pace import ARRIVAL_JITTER_SECONDS, Pace, filled, primed, released, sent, with_limit, written
from domain.pacing.ramp import ramped
