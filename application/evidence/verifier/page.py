"""The page for people: who was called, when, how often, and on what basis; made from the events alone."""

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from application.evidence.verifier.basis import AGREED, REFUSED, actor, agreed_words, bases, refusal_words
from application.evidence.verifier.events import BundledEvent, Json, json_bytes
from application.evidence.verifier.notes import TreeHead

STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}"
    "h1{overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #8888;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "td{overflow-wrap:anywhere;white-space:pre-line}"
    ".wide{overflow-x:auto}.wide table{min-width:64rem}.wide td{min-width:5rem}.wide td:last-child{min-width:12rem}"
    "@media print{body{font-size:.7rem;max-width:none;margin:0}.wide{overflow:visible}.wide table{min-width:0}"
    ".wide td,.wide td:last-child{min-width:0}tr{break-inside:avoid}h2{break-after:avoid}}"
)
NARROW_COLUMNS = 2  # a table of so many fits any screen; others are moved to the side in a region of their own
TAKEN = (
    "<p>Taken from the ledger as the log {origin} has it with {size} entries. All times are UTC. Every line below is made "
    "from the events in events.jsonl, whose proofs verify.py checks: run <code>python -I verify.py</code> beside it, or "
    "<code>python -I verify.py --help</code>.</p>"
)
ABOUT_PERSON = (
    *("recipient.enrolled", "recipient.lookup_failed", "recipient.rang_back"),
    *("recipient.callback_set", "recipient.callback_dropped"),
)
Section = tuple[str, Sequence[str], Sequence[Sequence[object]]]
OUTCOMES = {
    "attempt.accepted": "accepted by the provider",
    "attempt.refused": "refused by the provider",
    "attempt.abandoned": "never sent",
    "attempt.unresolved": "not known whether it was placed",
}


def page(kind: str, subject: str, head: TreeHead, events: Sequence[BundledEvent]) -> bytes:
    """The whole page, as UTF-8."""
    title = escaped(f"Evidence about the {kind} {subject}")
    parts = [
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>',
        f"<h1>{title}</h1>",
        TAKEN.format(origin=escaped(head.origin), size=head.size),
        *(f"<h2>{name}</h2>\n{table(name, heads, rows)}" for name, heads, rows in sections(kind, events)),
        "</main></body></html>",
    ]
    return "\n".join(parts).encode("utf-8", "backslashreplace") + b"\n"


def sections(kind: str, events: Sequence[BundledEvent]) -> Iterator[Section]:
    """What is told, each with the heads of its table and its rows."""
    attempts, came = [event for event in events if event.name == "attempt.started"], outcomes(events)
    on_basis = bases(events, one_person=kind != "campaign")
    yield "How often", ("day", "attempts to call"), per_day(attempts)
    yield (
        "Who was called, when, and on what basis",
        ("event", "begun", "to", "from", "campaign", "came of it", "basis"),
        [attempt_row(event, came, on_basis[event.position]) for event in attempts],
    )
    yield from person_sections(events)
    calls = [event for event in events if event.stream.startswith("call:") and "source" in event.fields]
    heads: Sequence[str] = ("event", "recorded", "the provider's time", "what", "call", "said by")
    yield "Calls", heads, [call_row(event) for event in calls]
    heads = ("event", "at", "call", "campaign", "script version", "step", "what was served")
    yield "What calls said", heads, [said_row(event) for event in events if event.name == "answer.served"]
    heads = ("event", "recorded", "stream", "version", "name", "by")
    yield "All events", heads, [event_row(event) for event in events]


def person_sections(events: Sequence[BundledEvent]) -> Iterator[Section]:
    """What the person agreed to, what stands against calling them, and what else is known of them."""
    heads: Sequence[str] = ("event", "recorded", "person", "what", "recorded by")
    agreed = [in_words(event, agreed_words(event)) for event in events if event.name in AGREED]
    yield "What was agreed to, and taken back", heads, agreed
    refused = [in_words(event, refusal_words(event)) for event in events if event.name in REFUSED]
    yield "What was declined, and who shall not be called or erased", heads, refused
    told = [told_row(event) for event in events if event.name in ABOUT_PERSON]
    yield "What is known of the person", ("event", "recorded", "what", "details"), told


def in_words(event: BundledEvent, words: str) -> tuple[object, ...]:
    """An event about a person, in words."""
    return event.position, event.recorded_at, event.stream.removeprefix("recipient:"), words, actor(event)


def per_day(attempts: Sequence[BundledEvent]) -> list[tuple[object, ...]]:
    """Attempts counted by the day on which they were begun, and in all."""
    days: dict[str, int] = {}
    for event in attempts:
        days[event.recorded_at[:10]] = days.get(event.recorded_at[:10], 0) + 1
    return [*sorted(days.items()), ("in all", len(attempts))]


def outcomes(events: Sequence[BundledEvent]) -> Mapping[str, str]:
    """What came of each attempt, by its id."""
    found: dict[str, list[str]] = {}
    for event in events:
        if event.name in OUTCOMES:
            call = f": call {event.fields['call_id']}" if "call_id" in event.fields else ""
            found.setdefault(str(event.fields.get("attempt_id")), []).append(OUTCOMES[event.name] + call)
    return {attempt: "; ".join(came) for attempt, came in found.items()}


def attempt_row(event: BundledEvent, came: Mapping[str, str], basis: str) -> tuple[object, ...]:
    """An attempt: whom, from where, what came of it, and the verdict that allowed it."""
    asked = inner(event.fields.get("request"))
    return (
        event.position,
        event.recorded_at,
        asked.get("to", "sealed" if event.is_sealed else ""),
        asked.get("from", event.fields.get("caller_number", "")),
        event.fields.get("campaign_id", ""),
        came.get(str(event.fields.get("attempt_id")), "nothing was recorded"),
        basis,
    )


def told_row(event: BundledEvent) -> tuple[object, ...]:
    """An event with all its fields, as they are."""
    told = "sealed" if event.is_sealed else json_bytes(event.fields).decode().strip()
    return event.position, event.recorded_at, event.name, told


def call_row(event: BundledEvent) -> tuple[object, ...]:
    """A report of the provider on a call."""
    return (
        event.position,
        event.recorded_at,
        event.fields.get("occurred_at", "not said"),
        event.fields.get("name", event.name),
        event.stream.removeprefix("call:"),
        event.fields.get("source", ""),
    )


def said_row(event: BundledEvent) -> tuple[object, ...]:
    """What a call was told to say."""
    wanted = ("campaign_id", "version", "step", "actions")
    fields = ["" if event.fields.get(name) is None else event.fields[name] for name in wanted]
    return event.position, event.fields.get("occurred_at", ""), event.stream.removeprefix("call:"), *fields


def event_row(event: BundledEvent) -> tuple[object, ...]:
    """Any event: where it stands, what it is called, and who or what caused it."""
    return event.position, event.recorded_at, event.stream, event.version, event.name, actor(event)


def inner(text: Json) -> dict[str, Json]:
    """A JSON object that is kept as text; empty where it is none."""
    try:
        read = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def table(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, or that there is nothing."""
    made = ["<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    if not made:
        return "<p>Nothing.</p>"
    first = "".join(f'<th scope="col">{escaped(head)}</th>' for head in heads)
    whole = f"<table><thead><tr>{first}</tr></thead><tbody>{''.join(made)}</tbody></table>"
    if len(heads) <= NARROW_COLUMNS:
        return whole
    return f'<div class="wide" role="region" aria-label="{escaped(name)}" tabindex="0">{whole}</div>'


def escaped(value: object) -> str:
    """Text for a page."""
    return html.escape(str(value))
