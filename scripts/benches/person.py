"""What happens to one recipient of a synthetic past: each happening gives the events of one commit, as the ledger keeps them."""

import hashlib
import hmac
import random  # noqa: TID251 - seeded by the caller
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from adapters.minivoice_client import call_request
from domain import call, recipient
from domain.dialing import Verdict
from domain.events import Event
from domain.identity import call_stream

CALLER_NUMBER = "+15559870000"
SECRET = b"change-me"
EVENTS_A_RECIPIENT = 8.08  # measured, by the chances below
BODY_PADDING = "x" * 430
WEBHOOK: Mapping[str, str] = {"actor": "webhook"}
DIALER: Mapping[str, str] = {"actor": "dialer"}
OPERATOR: Mapping[str, str] = {"actor": "operator:loopback"}

SUPPRESSED, REFUSED, UNRESOLVED, ABANDONED = 0.01, 0.03, 0.01, 0.01
ANSWERED, FAILED = 0.7, 0.2
GATHERED, RECORDED, REDELIVERED, REDELIVERED_TWICE = 0.7, 0.15, 0.05, 0.5


class Person:
    """One recipient on the way through their call."""

    __slots__ = (
        "attempt_id",
        "call",
        "call_id",
        "call_version",
        "campaign_id",
        "number",
        "place",
        "said",
        "stream",
        "version",
    )

    def __init__(self, place: int, number: str, stream: str, campaign_id: str) -> None:
        self.place = place
        self.number = number
        self.stream = stream
        self.campaign_id = campaign_id
        self.version = 1
        self.call_version = 0
        self.attempt_id = self.call_id = self.call = ""
        self.said: dict[str, Any] = {}


Said = Iterator[tuple[bool, Mapping[str, str], Event]]
"""For each event of one commit: whether it is the call's or the person's, who caused it, and the event."""
Happening = Callable[[Person, datetime], Said]


def life(chance: random.Random) -> Iterator[tuple[int, Happening]]:
    """What happens to a person, each with the tenths of a second until then."""
    draw = chance.random()
    if draw < SUPPRESSED:
        yield 0, _suppressed
        return
    yield 0, _started
    draw -= SUPPRESSED
    for share, end in ((REFUSED, _refused), (UNRESOLVED, _unresolved), (ABANDONED, _abandoned)):
        if draw < share:
            yield 1, end
            return
        draw -= share
    yield 1, _accepted
    yield 3, _webhook("call.created", "dialing")
    ringing = 10 + int(chance.random() * 150)
    draw = chance.random()
    if draw >= ANSWERED:
        failed = draw < ANSWERED + FAILED
        yield ringing, _webhook("call.failed" if failed else "call.completed", "failed" if failed else "completed")
        return
    yield ringing, _webhook("call.answered", "in_progress")
    if chance.random() < REDELIVERED:
        yield ringing + 5, _redelivered
        if chance.random() < REDELIVERED_TWICE:
            yield ringing + 25, _redelivered
    recorded = chance.random() < RECORDED
    if recorded:
        yield ringing + 20, _webhook("recording.started", "in_progress")
    if chance.random() < GATHERED:
        yield ringing + 40, _webhook("call.gathered", "in_progress")
    talking = ringing + 60 + int(chance.random() * 300)
    yield talking, _webhook("call.completed", "completed")
    if recorded:
        yield talking + 10, _webhook("recording.completed", "completed")


def _suppressed(person: Person, _: datetime) -> Said:
    yield False, OPERATOR, recipient.RecipientSuppressed(number=person.number, source="operator", reason="asked")


def _started(person: Person, at: datetime) -> Said:
    person.attempt_id = hashlib.md5(person.number.encode(), usedforsecurity=False).hexdigest()
    metadata = {"campaign_id": person.campaign_id, "attempt_id": person.attempt_id}
    verdict = Verdict(judged_at=at, attempts_counted=0, attempts_max=1)
    yield (
        False,
        DIALER,
        recipient.AttemptStarted(
            attempt_id=person.attempt_id,
            campaign_id=person.campaign_id,
            request=call_request(CALLER_NUMBER, person.number, metadata=metadata, record=False),
            epoch="bench",
            verdict=msgspec.Raw(msgspec.json.encode(verdict)),
        ),
    )


def _refused(person: Person, _: datetime) -> Said:
    body = '{"error":{"code":"invalid_request","message":"to is not a number that can be called"}}'
    yield (
        False,
        DIALER,
        recipient.AttemptRefused(
            attempt_id=person.attempt_id,
            campaign_id=person.campaign_id,
            status=400,
            code="invalid_request",
            body=body,
            concerns="recipient",
            counts=False,
        ),
    )


def _not_placed(person: Person, _: datetime) -> Said:
    """What a policy may try again, after a gap."""
    yield (
        False,
        DIALER,
        recipient.AttemptRefused(
            attempt_id=person.attempt_id,
            campaign_id=person.campaign_id,
            status=502,
            code="originate_failed",
            body='{"error":{"code":"originate_failed","message":"the call could not be placed"}}',
            concerns="recipient",
            counts=True,
        ),
    )


IN_VAIN: tuple[Happening, ...] = (_started, _not_placed)


def _unresolved(person: Person, _: datetime) -> Said:
    yield (
        False,
        DIALER,
        recipient.AttemptUnresolved(
            attempt_id=person.attempt_id, campaign_id=person.campaign_id, why="no answer within 10 s"
        ),
    )


def _abandoned(person: Person, _: datetime) -> Said:
    yield (
        False,
        DIALER,
        recipient.AttemptAbandoned(
            attempt_id=person.attempt_id, campaign_id=person.campaign_id, why="the connection was refused"
        ),
    )


def _accepted(person: Person, at: datetime) -> Said:
    second = at.replace(microsecond=0)
    person.call_id = f"call_{second:%Y%m%dT%H%M%S}.{person.place:09}"
    person.call = call_stream(person.call_id)
    body = _accepted_body(person, _text(second))
    accepted = recipient.AttemptAccepted(
        attempt_id=person.attempt_id,
        campaign_id=person.campaign_id,
        call_id=person.call_id,
        status=201,
        response=body,
    )
    yield False, DIALER, accepted
    yield True, DIALER, _created(person, body, second)
    claimed = call.CallClaimed(
        attempt_id=person.attempt_id, campaign_id=person.campaign_id, recipient=person.stream, how="response"
    )
    yield True, DIALER, claimed


def _accepted_body(person: Person, created_at: str) -> str:
    """MiniVoice's answer to the request."""
    return (
        f'{{"id":"{person.call_id}","status":"dialing","direction":"outbound","from":"{CALLER_NUMBER}",'
        f'"to":"{person.number}","application_id":"app_123","customer_id":"cust_123",'
        f'"provider_call_id":"{person.attempt_id}","answer_url":"https://example.test/answer",'
        f'"metadata":{{"campaign_id":"{person.campaign_id}","attempt_id":"{person.attempt_id}"}},'
        f'"created_at":"{created_at}","route_mode":"webhook","routing_target":"app_123"}}'
    )


def _created(person: Person, body: str, second: datetime) -> call.CallCreated:
    """The call that the answer tells of."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    snapshot = call.CallSnapshot(
        status="dialing",
        direction="outbound",
        from_number=CALLER_NUMBER,
        to_number=person.number,
        attempt_id=person.attempt_id,
    )
    key = call.report_key("api", "call.created", None, _text(second), digest)
    return call.CallCreated(source="api", key=key, digest=digest, body=body, occurred_at=second, snapshot=snapshot)


def _said(person: Person, name: str, status: str, second: datetime) -> dict[str, Any]:
    """A delivery, signed, and what is read of it."""
    created_at = _text(second)
    event_key = f"{person.call_id}:{name}"
    more: dict[str, Any] = {}
    data = f'"event_key":"{event_key}"'
    if name == "call.gathered":
        more = {"digits": str(person.place % 10), "timed_out": False}
        data += f',"digits":"{more["digits"]}","timed_out":false'
    body = (
        f'{{"event":"{name}","created_at":"{created_at}","call":{{"id":"{person.call_id}","customer_id":"cust_123",'
        f'"application_id":"app_123","provider_call_id":"{person.attempt_id}","status":"{status}",'
        f'"direction":"outbound","from":"{CALLER_NUMBER}","to":"{person.number}","route_mode":"webhook",'
        f'"routing_target":"app_123"}},"variables":{{"note":"{BODY_PADDING}"}},'
        f'"data":{{{data}}}}}'
    )
    raw = body.encode()
    digest = hashlib.sha256(raw).hexdigest()
    stamp = str(int(second.timestamp()))
    signature = hmac.digest(SECRET, stamp.encode() + b"." + raw, "sha256").hex()
    person.said = {
        "source": "webhook",
        "key": call.report_key("webhook", name, event_key, created_at, digest),
        "digest": digest,
        "body": body,
        "occurred_at": second,
        "snapshot": call.CallSnapshot(
            status=status, direction="outbound", from_number=CALLER_NUMBER, to_number=person.number
        ),
        "headers": {
            "content-type": "application/json",
            "x-minivoice-timestamp": stamp,
            "x-minivoice-signature": f"v1={signature}",
        },
        **more,
    }
    return person.said


def _webhook(name: str, status: str) -> Happening:
    def happening(person: Person, at: datetime) -> Said:
        yield True, WEBHOOK, call.REPORTS[name](**_said(person, name, status, at.replace(microsecond=0)))

    return happening


def _redelivered(person: Person, _: datetime) -> Said:
    """What was delivered last, again."""
    said = person.said
    yield True, WEBHOOK, call.CallRedelivered(key=said["key"], digest=said["digest"], headers=said["headers"])


@lru_cache(maxsize=1_000)
def _text(second: datetime) -> str:
    return f"{second:%Y-%m-%dT%H:%M:%SZ}"
