"""What verdicts are kept of: for each rule one in which it stands against the call, and what a call is allowed by."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec import Raw

from adapters.rule_data import installed_rule_data
from domain import account, campaign, recipient
from domain.agents import AgentRules
from domain.caller_pool import CallerPool, CallerUse, NumberUse
from domain.campaign import Plan, Schedule
from domain.dialing import RULES_NUMBER
from domain.events import Event
from domain.identity import call_stream, campaign_stream
from domain.policy import (
    Cap,
    ConsentRules,
    ConversationGap,
    DeclineRules,
    Policy,
    Retry,
    Window,
)
from tests.domain.given import accepted, report, started
from tests.releases.golden_verdicts import AUTUMN, NUMBER, SPRING, GoldenVerdict, Kept, kept

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOT_GIVEN_YET = Raw(b"null")
FROM, OTHER = "+12125550199", "+12125550198"
RETRIED = Policy(attempts_max=3, retry={"not_reached": Retry(after_seconds=7_200)}, answer_grace_seconds=60)
HOURS = Policy(hours={"monday": (Window(540, 720),)})


def plan(policy: Policy | None = None, **more: Any) -> Plan:
    return Plan(caller_number=FROM, policy=policy, rules_kinds=True, **more)


def given(name: str, policy: Policy | None = None, *events: Event, hours: float = 0, **more: Any) -> GoldenVerdict:
    """Somebody in a campaign that runs, after these events, each a minute later; judged at noon, or so many hours later."""
    told = {key: more.pop(key) for key in ("ledger_at", "only_numbers", "callers", "live") if key in more}
    zone, beside = more.pop("zone", "Europe/Berlin"), more.pop("beside", ())
    starts, number = more.pop("starts", True), more.pop("number", NUMBER)
    begin = NOON - timedelta(hours=3)
    enrolled_in = more.pop("enrolled_in", SPRING)
    base: list[Event] = [campaign.CampaignCreated(campaign_id=SPRING, plan=plan(policy, **more))]
    base += [campaign.CampaignStarted()] if starts else []
    base += [recipient.RecipientEnrolled(campaign_id=enrolled_in, number=number, zone=zone)]
    all_events = [*(kept(one, begin) for one in base), *beside]
    all_events += [kept(one, begin + timedelta(minutes=n), _call_of(one)) for n, one in enumerate(events, start=1)]
    return GoldenVerdict(
        name=name,
        rules=RULES_NUMBER,
        rule_data=installed_rule_data(),
        judged_at=NOON + timedelta(hours=hours),
        events=tuple(all_events),
        verdict=NOT_GIVEN_YET,
        **told,
    )


def _call_of(event: Event) -> str | None:
    return call_stream("c1") if event.NAME.startswith("call.") else None


def called(*reports: Event) -> tuple[Event, ...]:
    return (started("a1", SPRING), accepted("a1", "c1", SPRING), *reports)


def _said(name: str, minutes: float) -> Event:
    return report(name, (NOON - timedelta(hours=3) + timedelta(minutes=minutes) - _nine()).total_seconds())


def _nine() -> datetime:
    return datetime(2026, 3, 2, 9, tzinfo=UTC)


def _agreed(**more: Any) -> recipient.ConsentGiven:
    words = {"purpose": "sales", "basis": "express", "source": "form", "given_at": NOON - timedelta(days=30)}
    return recipient.ConsentGiven(consent_id="c0ffee", number=NUMBER, **{**words, **more})


def _another(policy: Policy) -> Sequence[Kept]:
    """Another campaign that runs and has the same person."""
    at, stream = NOON - timedelta(hours=4), campaign_stream(AUTUMN)
    return (
        kept(campaign.CampaignCreated(campaign_id=AUTUMN, plan=plan(policy)), at, stream),
        kept(campaign.CampaignStarted(), at, stream),
        kept(recipient.RecipientEnrolled(campaign_id=AUTUMN, number=NUMBER), at),
    )


def cases() -> Iterator[GoldenVerdict]:
    """All of them."""
    yield from _standing()
    yield from _words()
    yield from _tried()
    yield from _by_the_clock()
    yield from _of_the_campaign()
    yield from _after_a_revision()


def _standing() -> Iterator[GoldenVerdict]:
    yield given("allowed without a policy")
    yield given("not started", starts=False)
    yield given("paused", None, campaign.CampaignPaused(cause="operator"))
    yield given("canceled", None, campaign.CampaignCanceled())
    yield given("account paused", None, account.AccountPaused(cause="provider", status=402, code="no", body="{}"))
    yield given("clock ahead", None, ledger_at=NOON + timedelta(seconds=6))
    yield given("clock within bounds", None, ledger_at=NOON + timedelta(seconds=5))
    yield given("not enrolled", None, enrolled_in=AUTUMN)
    yield given("withdrawn", None, recipient.RecipientWithdrawn(campaign_id=SPRING, cause="lookup_said_no"))
    until = NOON + timedelta(days=1)
    for name, ends in (("suppressed for good", None), ("suppressed for a time", until), ("suppressed before", NOON)):
        yield given(name, None, recipient.RecipientSuppressed(number=NUMBER, source="letter", expires_at=ends))
    yield given("refused", RETRIED, started("a1", SPRING), _refused("recipient"))
    yield given("destination held", None, account.DestinationHeld(prefix="+1212", code="rate_not_found", body="{}"))
    yield given("in only numbers", None, only_numbers=(NUMBER,))
    yield given("not in only numbers", None, only_numbers=(OTHER,))
    yield given("premium number", None, number="+19005550100")
    yield given("premium number that is allowed", Policy(allow_kinds=("premium",)), number="+19005550100")
    yield given("not in only list", Policy(only=(OTHER,)))


def _refused(concerns: recipient.Concerns) -> recipient.AttemptRefused:
    return recipient.AttemptRefused(
        attempt_id="a1", campaign_id=SPRING, status=400, code="no", body="{}", concerns=concerns, counts=False
    )


def _words() -> Iterator[GoldenVerdict]:
    declined = recipient.RecipientDeclined(campaign_id=AUTUMN, purpose="sales", source="operator")
    rest = Policy(purpose="sales", declined=DeclineRules(rest_days=60))
    yield given("declined for good", Policy(purpose="sales"), declined)
    yield given("declined for a rest", rest, declined)
    yield given("declined, the rest is over", rest, declined, hours=60 * 24)
    yield given("declined another purpose", Policy(purpose="help"), declined)
    yield given("declined anything", Policy(declined=DeclineRules(rest_days=1, per="person")), declined)
    lifted = recipient.RecipientDeclineLifted(campaign_id=AUTUMN, purpose="sales")
    yield given("declined and lifted", rest, declined, lifted)
    required = Policy(purpose="sales", consent=ConsentRules(required=True, max_age_days=60))
    yield given("consent missing", required)
    yield given("consent", required, _agreed())
    yield given("consent too old", required, _agreed(given_at=NOON - timedelta(days=60)))
    yield given("consent expired", required, _agreed(until=NOON))
    revoked = recipient.ConsentRevoked(number=NUMBER, revoked_at=NOON - timedelta(hours=3), source="letter")
    yield given("consent revoked", required, _agreed(), revoked)
    wish = recipient.RecipientCallbackSet(
        campaign_id=SPRING, at=NOON + timedelta(hours=1), give_up_at=NOON + timedelta(hours=9), source="operator"
    )
    yield given("callback waits", None, wish)
    yield given("callback is due", None, wish, hours=2)
    failed = recipient.RecipientLookupFailed(
        campaign_id=SPRING, host="crm.example.org", why="HTTP 500", until=NOON + timedelta(minutes=1), tries=1
    )
    yield given("lookup failed", None, failed)


def _tried() -> Iterator[GoldenVerdict]:
    silent = called(_said("call.created", 3), _said("call.completed", 4))
    talked = called(_said("call.created", 3), _said("call.answered", 4), _said("call.completed", 5))
    yield given("attempts used up", None, *silent)
    yield given("reached is not tried again", Policy(attempts_max=2), *talked)
    yield given("retry gap", RETRIED, *silent, hours=-1.5)
    yield given("retry gap over", RETRIED, *silent)
    yield given("attempt gap", Policy(**{**_fields(RETRIED), "attempt_gap_seconds": 90_000}), *silent)
    yield given("answer grace", RETRIED, *silent, hours=-3 + 4.5 / 60)
    yield given("person cap", Policy(attempts_max=3, caps=(Cap(attempts_max=1, period_seconds=86_400),)), *silent)
    gap = Policy(attempts_max=3, conversation_gaps=(ConversationGap(seconds=86_400, per="person"),))
    yield given("conversation gap", gap, *talked)
    yield given("open attempt", RETRIED, *called(_said("call.created", 3)))
    yield given("unresolved", RETRIED, started("a1", SPRING), _unresolved())
    first = Policy(purpose="sales", waits_for=("help",))
    yield given("purpose waits", first, beside=_another(Policy(purpose="help")))
    rang = recipient.RecipientRangBack(call_id="c1", campaign_id=SPRING, attempt_id="a0")
    yield given("on inbound call", None, rang, report("call.created", 0), hours=-2.5)


def _fields(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in policy.__struct_fields__}


def _unresolved() -> recipient.AttemptUnresolved:
    return recipient.AttemptUnresolved(attempt_id="a1", campaign_id=SPRING, why="read time-out")


def _by_the_clock() -> Iterator[GoldenVerdict]:
    yield given("inside the hours", HOURS, hours=-1.5)
    yield given("outside the hours", HOURS)
    yield given("hours of several zones", HOURS, zone=None)
    yield given("zone data missing", HOURS, zone="Mars/Base")
    yield given("zone unknown", HOURS, zone=None, number="+15551230001")
    yield given("excluded date", Policy(excluded_dates=(date(2026, 3, 2),)))
    yield given("holiday", Policy(holidays=("DE",)), hours=299 * 24)
    yield given("holiday data missing", Policy(holidays=("XX-1",)))
    yield given("not started yet", Policy(starts_at=NOON + timedelta(hours=1)))
    yield given("campaign over", Policy(ends_at=NOON))


def _of_the_campaign() -> Iterator[GoldenVerdict]:
    pool = CallerPool(numbers=(FROM, OTHER), calls_a_day_max=2)
    used = CallerUse(turns=3, day=NOON.date(), numbers=(NumberUse(FROM, 2, 3), NumberUse(OTHER, 1, 2)))
    yield given("chosen from the pool", None, pool=pool, callers=used)
    capped = CallerUse(turns=4, day=NOON.date(), numbers=(NumberUse(FROM, 2, 3), NumberUse(OTHER, 2, 4)))
    yield given("pool capped", None, pool=pool, callers=capped)
    gone = campaign.CallerNumberRemoved(number=FROM, cause="operator")
    yield given("pool removed", None, gone, pool=CallerPool(numbers=(FROM,)), callers=CallerUse())
    yield given("agents unknown", None, agents=AgentRules())
    life = AgentRules(life_seconds=86_400)
    yield given("agents busy", None, campaign.AgentsTold(free=1, source="told"), agents=life, live=1)
    yield given("agents free", None, campaign.AgentsTold(free=2, source="told"), agents=life, live=1)
    stands = Schedule(zone="Europe/Berlin", pause=("12:30",), resume=("14:00",))
    yield given("outside the schedule", None, schedule=stands)


def _after_a_revision() -> Iterator[GoldenVerdict]:
    of_this = recipient.RecipientDeclined(campaign_id=SPRING, purpose=SPRING, source="operator")
    yield given("declined before the purpose was named", Policy(purpose="sales"), of_this)
