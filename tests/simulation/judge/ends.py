"""Nobody is lost or stuck: at the end each person is settled, or waits for something that has a name and an end."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.judge.asked import ended_at, outcome_of
from tests.simulation.judge.day import Attempt, Day, Era
from tests.simulation.judge.lines import LONG, Broken, Told
from tests.simulation.judge.moment import is_shut, suppression
from tests.simulation.judge.warming import canary_of

END_UNKNOWN = "its call's end cannot be found out"
STEPS = 12


class Person:
    """One enrolment, as the feed has it before a position."""

    def __init__(self, era: Era, enrolled: Told, before: int) -> None:
        self.era = era
        self.enrolled = enrolled
        self.before = before
        self.stream, self.campaign_id = enrolled.stream, enrolled.campaign_id
        self.told = [one for one in era.of_streams(self.stream) if one.position < before]
        own = [one for one in era.of_person[era.person(self.stream)] if one.started.position < before]
        self.everywhere = own
        self.attempts = [one for one in own if one.started.campaign_id == self.campaign_id]

    @property
    def policy(self) -> Mapping[str, Any]:
        """What the campaign's policy is by then."""
        told = [one for one in self.era.streams[f"campaign:{self.campaign_id}"] if one.position < self.before]
        plans = [one.body["plan"] for one in told if one.body.get("plan") and "change_id" not in one.body]
        found: Mapping[str, Any] = (plans[-1].get("policy") if plans else None) or {}
        return found

    def in_flight(self) -> Attempt | None:
        """The attempt of theirs, of whatever campaign, whose call may be under way."""
        for attempt in self.everywhere:
            last = attempt.last_word(self.before)
            call = self.era.call(attempt, self.before)
            is_open = call is not None and call.phase != "ended" and not call.given_up
            if last.name == "attempt.started" or (last.name in {"attempt.accepted", "attempt.resolved"} and is_open):
                return attempt
        return None

    def settled(self, at: datetime) -> str | None:
        """Why nobody calls them any more, or until a person does something; None where they are to be called."""
        names = {one.name for one in self.told if one.campaign_id in {self.campaign_id, ""}}
        if names & {"recipient.withdrawn", "recipient.erased", "recipient.declined"}:
            return "taken out"
        if suppression(self.told, at) is not None:
            return "suppressed"
        policy, counted = self.policy, [one for one in self.attempts if one.counts(self.before)]
        if policy.get("ends_at") and is_shut({"ends_at": policy["ends_at"]}, None, at):
            return "over"
        last = self.attempts[-1] if self.attempts else None
        word = None if last is None else last.last_word(self.before)
        call = None if last is None else self.era.call(last, self.before)
        if word is not None and word.name == "attempt.unresolved":
            return "unresolved"
        if call is not None and call.phase != "ended" and call.given_up:
            return END_UNKNOWN
        words = [one.last_word(self.before) for one in self.attempts if one.started.stream == self.stream]
        if any(
            one.name == "attempt.refused" and one.body["concerns"] == "recipient" and not one.body["counts"]
            for one in words
        ):
            return "refused"
        if len(counted) >= policy.get("attempts_max", 1):
            return "used up"
        outcomes = [outcome_of(self.era, one, self.before) for one in counted]
        if "reached" in outcomes:
            return "reached"
        return "not tried again" if outcomes and outcomes[-1] not in (policy.get("retry") or {}) else None

    def held_without_end(self) -> bool:
        """Whether something stands in the way that ends by a person's word alone."""
        policy, number = self.policy, str(self.enrolled.body.get("number"))
        account = [one for one in self.era.events if one.stream.startswith("account:") and one.position < self.before]
        held = any(one.name == "destination.held" and number.startswith(one.body["prefix"]) for one in account)
        is_unplaced = policy.get("hours") is not None and not self.zone
        is_left_out = policy.get("only") is not None and number not in policy["only"]
        return held or is_unplaced or is_left_out or bool((policy.get("consent") or {}).get("required"))

    @property
    def zone(self) -> str | None:
        """Where they are, as far as the judge can know."""
        return self.enrolled.body.get("zone") or self.policy.get("default_zone")

    def waits(self, at: datetime) -> bool:
        """Whether a rule with an end stands against a call at an instant."""
        policy, counted = self.policy, [one for one in self.attempts if one.counts(self.before)]
        if is_shut(policy, self.zone, at):
            return True
        if counted:
            retry = (policy.get("retry") or {}).get(outcome_of(self.era, counted[-1], self.before)) or {}
            gap = max(retry.get("after_seconds", 0), policy.get("attempt_gap_seconds", 0)) + policy.get(
                "answer_grace_seconds", 0
            )
            told = [one.said_at for one in counted[-1].words]
            if at < max([ended_at(self.era, counted[-1], self.before), *told]) + timedelta(seconds=gap):
                return True
        gaps = [timedelta(seconds=one["seconds"]) for one in policy.get("conversation_gaps") or ()]
        spans = [timedelta(seconds=one["period_seconds"]) for one in policy.get("caps") or ()]
        return any(self.heard_last(one) + span > at for one in self.everywhere for span in (*gaps, *spans))

    def heard_last(self, attempt: Attempt) -> datetime:
        """When something was told of one of their attempts, or of its call, last."""
        call_id = attempt.call_id(self.before)
        told: list[Told] = [*attempt.words, *self.era.streams.get(f"call:{call_id}", [])]
        return max([attempt.started.said_at, *(one.said_at for one in told)])


def nobody_stuck(day: Day) -> Iterator[Broken]:
    """At the end: no attempt without an outcome, no call that ended unnoticed, nobody who could have been called for long."""
    if not day.lines or day.lines[-1].what != "end":
        return
    era, now = day.last, day.ends_at + day.offset(len(day.lines) - 1)
    end = era.events[-1].position + 1 if era.events else 0
    yield from _calls_forgotten(day, era, now)
    for one in era.events:
        if one.name == "recipient.enrolled" and _runs(era, one.campaign_id, now):
            yield from _stuck(Person(era, one, end), now)


def _calls_forgotten(day: Day, era: Era, now: datetime) -> Iterator[Broken]:
    for request, attempt in era.sent():
        last, ended = attempt.last_word(), _truly_ended(day, request.call_id)
        if last.name == "attempt.started" and last.said_at < now - LONG:
            yield Broken("stuck", "an attempt has no outcome", (last.place, request.place))
        call = era.call(attempt)
        is_open = call is not None and call.phase != "ended" and not call.given_up
        if is_open and ended is not None and ended < day.ends_at - LONG:
            yield Broken("stuck", "a call ended long ago, and nobody asked", (last.place, request.place))
        echoes = [
            one
            for one in era.streams.get(f"call:{request.call_id}", ())
            if (one.body.get("snapshot") or {}).get("attempt_id") == attempt.attempt_id and one.said_at < now - LONG
        ]
        if last.name == "attempt.unresolved" and echoes and last.said_at < now - LONG:
            yield Broken(
                "stuck",
                "the provider said whose call it is, and the attempt is in doubt",
                (echoes[0].place, last.place),
            )


def _truly_ended(day: Day, call_id: str | None) -> datetime | None:
    states = day.truth.get(call_id or "", [])
    return next((at for at, to in states if to in {"completed", "failed", "canceled"}), None)


def _runs(era: Era, campaign_id: str, now: datetime) -> bool:
    """Whether the campaign has been running for long, on an account that is free, undisturbed by clocks and budgets."""
    names = {"campaign.started", "campaign.resumed", "campaign.paused", "campaign.canceled", "campaign.completed"}
    told = [one for one in era.streams[f"campaign:{campaign_id}"] if one.name in names]
    is_on = bool(told) and told[-1].name in {"campaign.started", "campaign.resumed"} and told[-1].said_at < now - LONG
    account = [one for one in era.events if one.name in {"account.paused", "account.resumed"}]
    is_free = not account or (account[-1].name == "account.resumed" and account[-1].said_at < now - LONG)
    is_ahead = any(one.said_at > now for one in era.events)
    return is_on and is_free and not is_ahead


def _stuck(person: Person, now: datetime) -> Iterator[Broken]:
    if person.enrolled.said_at > now - LONG or person.in_flight() or person.settled(now) or person.held_without_end():
        return
    moments = [now - LONG * step / STEPS for step in range(STEPS + 1)]
    begun = [one.started for one in person.era.attempts.values() if one.started.campaign_id == person.campaign_id]
    plan = person.era.streams[f"campaign:{person.campaign_id}"][0].body.get("plan") or {}
    is_kept_back = (
        plan.get("agents") is not None
        or person.policy.get("budget")
        or canary_of(person.era.streams[f"campaign:{person.campaign_id}"]) is not None
    )
    if is_kept_back or any(person.waits(at) for at in moments) or any(one.said_at > now - LONG for one in begun):
        return
    yield Broken("stuck", f"somebody could have been called for {LONG}, and was not", (person.enrolled.place,))


def completed_in_time(day: Day) -> Iterator[Broken]:
    """A campaign is completed once nobody is left to be called by it, and not before."""
    for era in day.eras:
        for one in era.events:
            if one.name == "campaign.completed":
                yield from _too_early(era, one)
    if day.lines and day.lines[-1].what == "end":
        yield from _never(day.last, day.ends_at + day.offset(len(day.lines) - 1))


def _enrolled(era: Era, campaign_id: str, before: int) -> list[Person]:
    found = [one for one in era.events if one.name == "recipient.enrolled" and one.position < before]
    return [Person(era, one, before) for one in found if one.campaign_id == campaign_id]


def _too_early(era: Era, completed: Told) -> Iterator[Broken]:
    for person in _enrolled(era, completed.campaign_id, completed.position):
        attempt, lines = person.in_flight(), (person.enrolled.place, completed.place)
        if attempt is not None and attempt.started.campaign_id == completed.campaign_id:
            yield Broken("completed", "a campaign was completed while a call of it was under way", lines)
        elif attempt is None and person.settled(completed.said_at) is None and not person.held_without_end():
            yield Broken("completed", "a campaign was completed, and somebody was left to be called", lines)


def _never(era: Era, now: datetime) -> Iterator[Broken]:
    end = era.events[-1].position + 1 if era.events else 0
    for campaign_id in {one.campaign_id for one in era.events if one.name == "campaign.started"}:
        people, campaign = _enrolled(era, campaign_id, end), era.streams[f"campaign:{campaign_id}"]
        heard = [one.said_at for person in people for one in person.told]
        calls = [person.heard_last(one) for person in people for one in person.attempts]
        is_quiet = max([*heard, *calls, *(one.said_at for one in campaign)]) < now - LONG
        is_done = all(person.settled(now) not in {None, "suppressed"} and not person.in_flight() for person in people)
        if people and is_quiet and is_done and _runs(era, campaign_id, now):
            yield Broken(
                "completed", f"campaign {campaign_id} has nobody left, and is not completed", (campaign[-1].place,)
            )
