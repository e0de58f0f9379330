"""Scripts by chance, played to callers by chance: what was said, and whether the ledger can explain every word of it."""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from adapters.minivoice_actions import Instruction, encoded
from application.answering.digits import gathered_in
from domain.call import AnswerServed
from domain.events import Recorded
from domain.identity import call_stream
from domain.script import (
    BEGINNING,
    Gather,
    Heard,
    NotHeard,
    Place,
    Script,
    document,
    heard_of,
    next_step,
    script_of,
    written_script,
)
from entrypoints.sandbox.calls import Call
from projections.folded import call_of
from tests.adapters.actions_reader import read_actions
from tests.application.dialer.stage import Stage, numbers, stage
from tests.domain.script.strategies import scripts, variables

CALLERS_A_SCRIPT = 2
DIGITS_WAIT_SECONDS = 0.25
SETTLED_SECONDS_MAX = 60.0
ENDINGS = frozenset({"last_action", "transferred", "action_failed", "hung_up"})
FAST: Mapping[str, Any] = {
    "fetch_answers": True,
    "answer_rate": 1.0,
    "say_seconds_per_character": 0.0,
    "wait_factor": 0.001,
    "press_seconds": "0:0.02",
    "after_script": "hang_up",
    "answer_timeout_seconds": 20.0,
    "recording_seconds": "0.01:0.05",
}
TROUBLE: Mapping[str, Any] = {
    "duplicate_rate": 0.5,
    "shuffle_rate": 0.4,
    "shuffle_seconds": 0.5,
    "delay_rate": 0.2,
    "delay_seconds": "0.2:0.8",
    "gather_report": "mixed",
    "gather_report_seconds": "0:0.1",
}


class Cast(Struct, frozen=True):
    """A script and the variables of those who are called with it."""

    script: Script
    variables: Mapping[str, str]


class Evening(Struct, frozen=True):
    """Many of them, and what the callers and the provider are like (settings of the sandbox)."""

    casts: tuple[Cast, ...]
    settings: Mapping[str, Any]


_RATES = st.sampled_from([0.0, 0.1, 0.3])
_CASTS = st.tuples(scripts(), variables()).map(lambda drawn: Cast(*drawn))


def evenings(casts: int, *, trouble: bool) -> st.SearchStrategy[Evening]:
    """So many scripts; with `trouble`, webhooks that are doubled, shuffled, late and lost."""
    settings = st.fixed_dictionaries(
        {
            **{f"{name}_rate": _RATES for name in ("hang_up", "silent", "wrong_digit", "hang_up_saying")},
            "transfer_fail_rate": st.sampled_from([0.0, 0.5, 1.0]),
            "go_on_rate": st.sampled_from([0.0, 0.5, 1.0]),
            "press_rate": st.sampled_from([0.8, 1.0]),
            "answer_method": st.sampled_from(["GET", "POST"]),
            "answer_fields_in": st.sampled_from(["json", "json_call", "form", "query", "headers"]),
            "answer_fields": st.sampled_from([("call_id",), ("from", "to"), ("call_id", "from", "to")]),
            "redirect_fields": st.booleans(),
            "drop_rate": st.sampled_from([0.0, 0.1]) if trouble else st.just(0.0),
        }
    )
    more: Mapping[str, Any] = {"drop_events": ("call.gathered",), **TROUBLE} if trouble else {}
    return st.tuples(st.lists(_CASTS, min_size=casts, max_size=casts), settings).map(
        lambda drawn: Evening(tuple(drawn[0]), {**FAST, **drawn[1], **more})
    )


async def faults_of(evening: Evening, folder: Path, *, trouble: bool) -> list[str]:
    """Play it, and say all that nobody could explain."""
    faults: list[str] = []
    wait = DIGITS_WAIT_SECONDS if trouble else 30 * DIGITS_WAIT_SECONDS
    async with stage(folder, digits_wait=wait, **evening.settings) as played:
        everybody = numbers(len(evening.casts) * CALLERS_A_SCRIPT)
        for place, cast in enumerate(evening.casts):
            callers = everybody[place * CALLERS_A_SCRIPT : (place + 1) * CALLERS_A_SCRIPT]
            await _begin(played, f"script_{place}", cast, callers)
        names = [f"script_{place}" for place in range(len(evening.casts))]

        def all_settled() -> bool:
            return all(played.counts(name).get("reached", 0) == CALLERS_A_SCRIPT for name in names)

        def all_recorded() -> bool:
            return len(played.events(AnswerServed.NAME)) >= len(list(played.sandbox.log.lines("fetch")))

        try:
            await played.until("everybody is reached", all_settled, SETTLED_SECONDS_MAX)
            await played.until("every answer is in the ledger", all_recorded)
        except AssertionError as error:
            faults.append(str(error))
        calls = {call.to_number: call for call in played.sandbox.calls}
        for place, number in enumerate(everybody):
            cast = evening.casts[place // CALLERS_A_SCRIPT]
            if number in calls:
                faults += [
                    f"{number}, {said}: {cast.script}"
                    for said in _unexplained(played, calls[number], cast, trouble=trouble)
                ]
    return faults


async def _begin(played: Stage, campaign_id: str, cast: Cast, callers: Sequence[str]) -> None:
    """A script that came after its recipients, so that some may lack what it says."""
    await played.campaign(callers, campaign_id, starts=False, variables=cast.variables)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(played.parts.app), base_url="http://127.0.0.1"
    ) as client:
        revised = {"script": written_script(cast.script), "reason": "it speaks"}
        answer = await client.post(f"/v1/campaigns/{campaign_id}/revise", json=revised)
        assert answer.status_code == 200, answer.text
        assert (await client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 200


def _unexplained(played: Stage, call: Call, cast: Cast, *, trouble: bool) -> Iterator[str]:
    stream = played.parts.ledger.read_stream(call_stream(call.id))
    book = call.book
    for line in played.sandbox.log.lines("answer_invalid"):
        if line["call_id"] == call.id:
            yield f"a document broke the provider's limits: {line['faults']} in {line['body']}"
    if book is None or book.ending not in ENDINGS:
        yield f"its script was over by {None if book is None else book.ending}"
        return
    if call_of(stream).phase != "ended":
        yield "it did not end"
    fetched = [line for line in played.sandbox.log.lines("fetch") if line["call_id"] == call.id]
    yield from (f"a document was answered {line['status']}" for line in fetched if line["status"] != 200)
    served = Counter(one.event.actions for one in stream if isinstance(one.event, AnswerServed))
    if served != Counter(line["body"] for line in fetched):
        yield "what was fetched is not what the ledger says was served"
    script = script_of(written_script(cast.script))
    for place, recorded in enumerate(stream):
        event = recorded.event
        if isinstance(event, AnswerServed):
            truth = None if trouble else book.pressed
            possible = list(_possible(script, cast, event, stream[:place], truth))
            if event.version != 1 or _plain(event.actions) not in possible:
                yield f"the answer at {event.place} to step {event.step} of version {event.version} ({event.why})"


def _possible(
    script: Script, cast: Cast, event: AnswerServed, before: Sequence[Recorded], truth: Sequence[str] | None
) -> Iterator[list[Instruction]]:
    """The documents that the script has there, by what the caller pressed, or by what was known of that at some moment."""
    if event.place is None:
        steps = {script.start}
        place = BEGINNING
    else:
        place = msgspec.json.decode(event.place, type=Place)
        heard: list[Heard] = [NotHeard()]
        if not isinstance(script.steps[place.step].exit, Gather):
            pass
        elif truth is not None:
            heard = [heard_of(truth[place.gathers - 1])]
        else:
            known = [
                gathered_in(call_of(before[:end]), before[:end], place, event.walk) for end in range(len(before) + 1)
            ]
            heard = [NotHeard(), *(heard_of(one.digits) for one in known if one is not None)]
        steps = {next_step(script, place, one) for one in heard}
    for step in steps:
        found = document(script, step, place, cast.variables)
        yield list(read_actions(encoded(found.actions, lambda at: msgspec.json.encode(at).decode())))


def _plain(actions: str) -> list[Instruction]:
    """The document, its links as the places that they lead to."""
    return [
        Instruction(one.kind, {**one.fields, "url": _place_in(one.fields["url"])}) if one.kind == "redirect" else one
        for one in read_actions(actions.encode())
    ]


def _place_in(url: str) -> str:
    at = parse_qs(urlsplit(url).query)["dt_at"][0]
    _, _, place, _ = msgspec.json.decode(base64.urlsafe_b64decode(at + "=" * (-len(at) % 4)))
    return msgspec.json.encode(msgspec.convert(place, Place)).decode()
