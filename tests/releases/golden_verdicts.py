"""Verdicts that were given once, each with all that it was given by, in the form in which the ledger keeps that.

`tests/fixtures/verdicts/rules-N.jsonl` has those of the rules with the number N. A line is never written again: see
`scripts/releases/keep_verdicts.py`.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from domain.caller_pool import CallerUse
from domain.dialing import Clocks, RuleData, Verdict, with_agents
from domain.events import EVENTS, Event, Recorded
from domain.identity import account_stream, campaign_stream
from projections.judged import RecipientStreams

FOLDER = Path(__file__).parents[1] / "fixtures" / "verdicts"
FINGERPRINT = "f1"
SPRING, AUTUMN = "spring", "autumn"
NUMBER = "+12125550100"


class Kept(Struct, frozen=True, kw_only=True):
    """An event of the ledger: its stream, its name, when it was recorded, and what is stored of it."""

    stream: str
    name: str
    at: datetime
    event: Raw


class GoldenVerdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A verdict with its inputs. `rule_data` are the versions that it was given by, `live` the calls under way."""

    name: str
    rules: int
    rule_data: RuleData
    judged_at: datetime
    events: tuple[Kept, ...]
    verdict: Raw
    ledger_at: datetime | None = None
    only_numbers: tuple[str, ...] | None = None
    callers: CallerUse | None = None
    live: int = 0


def stream_of(number: str) -> str:
    """The stream of a number here."""
    return f"recipient:{hashlib.sha256(number.encode()).hexdigest()[:32]}"


def kept(event: Event, at: datetime, stream: str | None = None) -> Kept:
    """An event as it is kept; of the campaign, the account or the person that all is about, where no stream is named."""
    subject = event.NAME.partition(".")[0]
    streams = {
        **dict.fromkeys(("campaign", "agents", "caller_number"), campaign_stream(SPRING)),
        **dict.fromkeys(("account", "destination"), account_stream(FINGERPRINT)),
    }
    return Kept(
        stream=stream or streams.get(subject) or stream_of(NUMBER),
        name=event.NAME,
        at=at,
        event=Raw(msgspec.json.encode(event)),
    )


def recomputed(one: GoldenVerdict) -> Verdict:
    """What the rules of this code say of the same inputs, on the way on which a verdict of the ledger is recomputed."""
    streams: dict[str, list[Recorded]] = {}
    for position, event in enumerate(one.events, start=1):
        stream = streams.setdefault(event.stream, [])
        recorded = Recorded(
            position=position,
            event_id=f"e{position}",
            stream=event.stream,
            version=len(stream) + 1,
            recorded_at=event.at,
            metadata={},
            event=msgspec.json.decode(event.event, type=EVENTS[event.name]),
        )
        stream.append(recorded)

    def read(names: Collection[str], position: int) -> Mapping[str, Sequence[Recorded]]:
        return {name: [e for e in streams[name] if e.position <= position] for name in names if name in streams}

    last, person = len(one.events), stream_of(NUMBER)
    known = RecipientStreams(read, stream_of, [(SPRING, person)], FINGERPRINT, last).known(SPRING, person, last)
    assert known is not None
    verdict = known.verdict(Clocks(one.judged_at, one.ledger_at or one.judged_at), one.only_numbers, one.callers)
    return with_agents(verdict, known.campaign, one.live)


def golden(rules: int) -> list[GoldenVerdict]:
    """Those that were kept of the rules with this number."""
    file = FOLDER / f"rules-{rules}.jsonl"
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [msgspec.json.decode(line, type=GoldenVerdict) for line in lines]


def kept_numbers() -> list[int]:
    """The numbers of the rules of which some were kept."""
    return sorted(int(file.stem.removeprefix("rules-")) for file in FOLDER.glob("rules-*.jsonl"))
