"""How many attempts a person gets in a period, over all campaigns."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.dialing import Reason
from domain.policy import Cap, Per, Policy, Retry
from domain.recipient import Attempt, Enrollment, RecipientState
from tests.domain.dialing.attempts import DAY, rules, verdict_on
from tests.domain.given import AUTUMN, NUMBER, SPRING, at
from tests.examples import examples


def attempts_at(*starts: tuple[float, str, str | None, bool]) -> RecipientState:
    """A person with refused attempts at these seconds: of a campaign, for a purpose, counted or not."""
    return RecipientState(
        number=NUMBER,
        enrollments={SPRING: Enrollment()},
        attempts=tuple(
            Attempt(
                attempt_id=f"a{place}",
                campaign_id=campaign_id,
                phase="refused",
                started_at=at(seconds),
                epoch="e1",
                changed_at=at(seconds),
                counts=counts,
                purpose=purpose,
            )
            for place, (seconds, campaign_id, purpose, counts) in enumerate(starts)
        ),
    )


def test_a_cap_counts_the_attempts_of_all_campaigns_within_its_period() -> None:
    policy = Policy(caps=(Cap(attempts_max=2, period_seconds=DAY),))
    person = attempts_at((0, AUTUMN, None, True), (100, AUTUMN, "debt", True), (200, "winter", None, True))

    assert verdict_on(policy, person, {}, at(300)).reasons == (
        Reason(
            rule="person_cap",
            scope="recipient",
            until=at(100 + DAY),
            inputs={
                "counted": 3,
                "attempts_max": 2,
                "period_seconds": DAY,
                "per": "person",
                "purpose": None,
                "last_attempt_at": at(200).isoformat(),
            },
        ),
    )
    assert not verdict_on(policy, person, {}, at(100 + DAY) - timedelta(microseconds=1)).may_dial
    assert verdict_on(policy, person, {}, at(100 + DAY)).may_dial


def test_a_cap_for_a_purpose_counts_only_that() -> None:
    debt = Policy(purpose="debt", caps=(Cap(attempts_max=1, period_seconds=DAY, per="purpose"),))
    own = replace(debt, purpose=None)

    assert verdict_on(debt, attempts_at((0, AUTUMN, "survey", True), (1, AUTUMN, None, True)), {}, at(9)).may_dial
    assert verdict_on(debt, attempts_at((0, AUTUMN, "debt", True)), {}, at(9)).reasons[0].inputs["purpose"] == "debt"
    assert verdict_on(own, attempts_at((0, AUTUMN, None, True)), {}, at(9)).may_dial
    assert verdict_on(own, attempts_at((0, AUTUMN, SPRING, True)), {}, at(9)).reasons[0].inputs["purpose"] == SPRING


def test_the_purpose_of_an_attempt_that_named_none_is_its_campaign() -> None:
    cap = Cap(attempts_max=1, period_seconds=DAY, per="purpose")
    again = Policy(attempts_max=3, retry={"originate_failed": Retry(after_seconds=0)}, caps=(cap,))

    assert rules(verdict_on(again, attempts_at((0, SPRING, None, True)), {}, at(9))) == ["person_cap"]
    assert verdict_on(again, attempts_at((0, SPRING, "debt", True)), {}, at(9)).may_dial


def test_each_cap_that_is_met_is_named() -> None:
    policy = Policy(
        caps=(
            Cap(attempts_max=1, period_seconds=60),
            Cap(attempts_max=2, period_seconds=DAY),
            Cap(attempts_max=9, period_seconds=DAY),
        )
    )
    person = attempts_at((0, AUTUMN, None, True), (100, AUTUMN, None, True))
    found = verdict_on(policy, person, {}, at(120))

    assert [(r.rule, r.until) for r in found.reasons] == [("person_cap", at(160)), ("person_cap", at(DAY))]
    assert found.holding is not None
    assert found.holding.until == at(DAY)


STARTS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from([AUTUMN, SPRING]), st.sampled_from([None, "debt"]), st.booleans()),
    max_size=6,
)


@settings(max_examples=examples(200))
@given(
    STARTS.map(lambda starts: [(s, AUTUMN, p, c) for s, _, p, c in sorted(starts, key=lambda start: start[0])]),
    st.integers(1, 4),
    st.integers(1, 120),
    st.sampled_from(["person", "purpose"]),
    st.integers(0, 200),
)
def test_a_cap_is_never_exceeded_and_ends_as_soon_as_it_may(
    starts: Sequence[tuple[float, str, str | None, bool]], most: int, period: int, per: Per, second: int
) -> None:
    policy = Policy(purpose="debt", caps=(Cap(attempts_max=most, period_seconds=period, per=per),))
    known = [start for start in starts if start[0] <= second]
    of_concern = [s for s, _, purpose, counts in known if counts and (per == "person" or purpose == "debt")]

    def allowed(now: int) -> bool:
        return sum(now - period < begun <= now for begun in of_concern) < most

    found = verdict_on(policy, attempts_at(*known), {}, at(second))
    free = next(now for now in range(second, second + 400) if allowed(now))

    assert found.may_dial == allowed(second)
    assert (at(second) if found.holding is None else found.holding.until) == at(free)
