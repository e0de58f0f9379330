"""What is known of a limit that the provider does not tell: it is found out from its refusals.

A refusal lowers it to what the provider took just before, or, where that is no evidence, by half. Use without a refusal
raises it by a little, and by more each time; a limit that was found again where it was before is tried ever more rarely.
"""

from msgspec import Struct
from msgspec.structs import replace

SLOW_DOWN_FACTOR = 0.5
SLOW_DOWN_SHARE_MIN = 0.02
RAISE_SHARE = 0.02
RAISE_SHARE_MAX = 1.0
RAISE_AFTER_SECONDS = 3.0
RAISE_AFTER_SECONDS_MAX = 120.0
RAISE_AGAIN_AFTER_SECONDS = 1.5
RAISE_AFTER_VARIES_BY = 0.5
SAME_AGAIN_SHARE = 0.1
CHANGE_WORTH_RECORDING = 0.05


class LimitEstimate(Struct, frozen=True, kw_only=True):
    """One limit, by a monotonic clock in seconds.

    `most` is what the operator set, and is never exceeded; `value` what is believed at present, and `proven` what passed
    for a while or was all that the provider took; None is unknown. It is never lowered beneath `least`. `settled` is
    where the last refusal left it, `raises` how often it was raised since. It is first raised after `raise_after` seconds
    of full use, of which `tested` requests since `tested_since` are the evidence, and then sooner.
    """

    least: float
    most: float | None = None
    value: float | None = None
    proven: float | None = None
    settled: float | None = None
    lowered_at: float = float("-inf")
    raises: int = 0
    raise_after: float = RAISE_AFTER_SECONDS
    tested_since: float | None = None
    tested: int = 0

    @property
    def limit(self) -> float | None:
        """What to keep to; None where nothing is known and nothing was set."""
        if self.value is None or self.most is None:
            return self.most if self.value is None else self.value
        return min(self.value, self.most)


def known(*, least: float, most: float | None, learned: float | None) -> LimitEstimate:
    """Where an earlier process left it: `learned` is what the ledger has, if it has anything."""
    lowest = least if most is None else min(least, most)
    value = None if learned is None else max(lowest, learned)
    return LimitEstimate(least=lowest, most=most, value=value, proven=value, settled=value)


def lowered(estimate: LimitEstimate, took: float, sent_at: float, now: float, chance: float) -> LimitEstimate:
    """The provider refused a request that was sent at `sent_at`, after it took `took`; `chance` is 0 to 1.

    Refusals of requests that were sent before it was last lowered count as one with that.
    """
    if sent_at <= estimate.lowered_at:
        return estimate
    before, raise_after = estimate.limit, RAISE_AFTER_SECONDS
    if before is None:
        value = max(estimate.least, took)
    else:
        value = min(before * (1 - SLOW_DOWN_SHARE_MIN), max(before * SLOW_DOWN_FACTOR, took))
        value = min(before, max(estimate.least, value))
    if estimate.raises and not _is_elsewhere(estimate, value):
        raise_after = min(RAISE_AFTER_SECONDS_MAX, estimate.raise_after * 2)
    return replace(
        estimate,
        value=value,
        proven=value,
        settled=value,
        lowered_at=now,
        raises=0,
        raise_after=raise_after * (1 + RAISE_AFTER_VARIES_BY * (chance - 0.5)),
        tested_since=None,
        tested=0,
    )


def used(estimate: LimitEstimate, now: float, full_use_per_second: float) -> LimitEstimate:
    """The provider took a request; so many a second, kept up for a while, are full use and raise the limit."""
    limit = estimate.limit
    if limit is None or limit == estimate.most:
        return estimate
    if estimate.tested_since is None:
        return replace(estimate, tested_since=now, tested=0)
    seconds, tested = now - estimate.tested_since, estimate.tested + 1
    if seconds < (RAISE_AGAIN_AFTER_SECONDS if estimate.raises else estimate.raise_after):
        return replace(estimate, tested=tested)
    if tested < full_use_per_second * seconds:
        return replace(estimate, tested_since=now, tested=0)
    step = max(min(1.0, limit), limit * RAISE_SHARE) * 2**estimate.raises
    value = limit + min(step, max(min(1.0, limit), limit * RAISE_SHARE_MAX))
    return replace(
        estimate,
        value=value if estimate.most is None else min(value, estimate.most),
        proven=limit,
        raises=estimate.raises + 1,
        tested_since=now,
        tested=0,
    )


def _is_elsewhere(estimate: LimitEstimate, value: float) -> bool:
    """Whether a value is not about where the last refusal left it."""
    settled = estimate.settled
    return settled is None or abs(value - settled) > max(1.0, SAME_AGAIN_SHARE * settled)


def is_worth_recording(estimate: LimitEstimate, recorded: float | None) -> bool:
    """Whether what is proven differs enough from what the ledger has."""
    proven = estimate.proven
    if proven is None:
        return False
    return recorded is None or abs(proven - recorded) > CHANGE_WORTH_RECORDING * recorded
