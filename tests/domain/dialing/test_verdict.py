"""What follows from a verdict's reasons."""

import pytest

from domain.dialing import Reason, Scope, Verdict
from tests.domain.given import at


def reason(rule: str, until: float | None = None, *, scope: Scope = "recipient", final: bool = False) -> Reason:
    return Reason(rule=rule, scope=scope, final=final, until=None if until is None else at(until))


def verdict(*reasons: Reason) -> Verdict:
    return Verdict(judged_at=at(0), attempts_counted=0, attempts_max=1, reasons=reasons)


@pytest.mark.parametrize(
    ("reasons", "holding"),
    [
        ((), None),
        ((reason("outside_hours", 60),), "outside_hours"),
        ((reason("outside_hours", 60), reason("person_cap", 90)), "person_cap"),
        ((reason("person_cap", 90), reason("outside_hours", 60)), "person_cap"),
        ((reason("person_cap", 90), reason("holiday", 90)), "person_cap"),
        ((reason("person_cap", 90), reason("open_attempt"), reason("zone_unknown")), "open_attempt"),
        ((reason("campaign_not_running", scope="campaign"), reason("retry_gap", 60)), "retry_gap"),
        ((reason("account_paused", scope="account"),), None),
        ((reason("attempts_used_up", final=True), reason("retry_gap", 60)), "retry_gap"),
        ((reason("attempts_used_up", final=True),), None),
    ],
)
def test_what_holds_for_longest_is_what_holds(reasons: tuple[Reason, ...], holding: str | None) -> None:
    found = verdict(*reasons).holding

    assert (None if found is None else found.rule) == holding


def test_any_reason_forbids_the_call() -> None:
    assert verdict().may_dial
    assert not verdict(reason("retry_gap", 60)).may_dial
