"""Calls: the list, and one call's journey in three views of the same events, now or as it was known at any of them."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.installation import Installation
from application.queries.call import CallRead, CallShown, read_call, shown_call
from application.queries.call_story import StoryShown, shown_story
from application.queries.call_timeline import EntryShown, shown_entries
from application.queries.calls import calls_page
from application.queries.deliveries import DeliveryShown, shown_deliveries
from application.queries.events import EventShown, shown_events
from application.queries.moments import moment_asked, moment_in_views
from domain.errors import InvalidInput
from entrypoints.http.access import READS, allow
from entrypoints.http.parameters import AFTER, AS_OF, CALL
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.calls import ORDER, calls_asked
from entrypoints.pages.journey_full import full_lines
from entrypoints.pages.journey_lines import journey_lines
from entrypoints.pages.journey_steps import journey_steps
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from projections.call_index import ANOMALIES

PAGE_CALLS = 100
EVENTS_SHOWN_MAX = 1_000
VIEWS: Mapping[str, str] = {"timeline": "Timeline", "compact": "Compact", "full": "Full history"}
PHASES: Mapping[str, str] = {"dialing": "ringing", "in_progress": "talking", "ended": "ended"}
OUTCOMES = ("completed", "failed", "canceled")
QUICK: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "all": ("All", {}),
    "answered": ("Answered", {"answered": "true"}),
    "not-answered": ("Not answered", {"answered": "false", "phase": "ended"}),
    "ringing": ("Ringing", {"phase": "dialing"}),
    "talking": ("Talking", {"phase": "in_progress"}),
    "contradicted": ("Contradicted", {"anomaly": "contradicts"}),
}
"""What is asked for most, by one click; each in place of the others."""
QUICK_NAMES = ("answered", "phase", "anomaly")
RARE = ("phase", "outcome", "anomaly", ORDER.name)
FILTERS = ("number", "campaign", "phase", "outcome", "answered", "anomaly", "since", "until", ORDER.name)


async def listing(request: Request) -> Response:
    """GET /calls."""
    actor, parts = allow(request, READS), parts_of(request)
    asked = {name: request.query_params.get(name, "").strip() for name in (*FILTERS, "after")}
    after = AFTER.of(asked)
    asked["number"] = asked["number"].replace(" ", "")
    given = {name: value for name, value in asked.items() if value}
    wanted = await calls_asked(parts, actor, {ORDER.name: "newest", **given})
    await moment_in_views(parts, None)
    found = await asyncio.to_thread(calls_page, parts, actor, wanted, after, PAGE_CALLS)
    return page(
        request,
        "calls.html",
        found=found,
        entries=found.items,
        asked=asked,
        order=wanted.order,
        quick=_quick(asked),
        has_rare=any(asked[name] for name in RARE),
        phases=PHASES,
        outcomes=OUTCOMES,
        anomalies=ANOMALIES,
    )


class Quick(Struct, frozen=True):
    """What is asked for by one click, beside what is asked for already."""

    name: str
    text: str
    asked: Mapping[str, str]
    is_current: bool


def _quick(asked: Mapping[str, str]) -> list[Quick]:
    others = {name: value for name, value in asked.items() if value and name not in {*QUICK_NAMES, "after"}}
    now = {name: asked[name] for name in QUICK_NAMES if asked[name]}
    return [Quick(name, text, {**others, **wanted}, now == wanted) for name, (text, wanted) in QUICK.items()]


async def show(request: Request) -> Response:
    """GET /calls/{id}?view=&step=&as_of=: `step` is the number of the last of its events that was known."""
    actor, parts = allow(request, READS), parts_of(request)
    view = request.query_params.get("view") or "timeline"
    if view not in VIEWS:
        raise InvalidInput("view", f"is none of {', '.join(VIEWS)}")
    read = await asyncio.to_thread(read_call, parts, CALL.read(request), parts.ledger.position)
    positions = [one.position for one in read.stream[:EVENTS_SHOWN_MAX]]
    step, as_of = _moment(request, positions)
    moment = await moment_asked(parts, as_of)
    known = await asyncio.to_thread(_known, parts, actor, read.known_at(moment.position))
    return page(
        request,
        "call.html",
        call=known.call,
        story=known.story,
        entries=known.entries,
        steps=journey_steps(known.entries) if view == "compact" else [],
        lines=journey_lines(known.entries, known.deliveries) if view == "timeline" else None,
        full=full_lines(known.events, known.entries, known.deliveries) if view == "full" else [],
        deliveries=known.deliveries,
        view=view,
        views=VIEWS,
        step=step,
        steps_in_all=len(positions),
        as_of=as_of,
        known_at=known.events[-1].recorded_at,
    )


class _Known(Struct, frozen=True):
    """All that a call's page shows of it."""

    call: CallShown
    story: StoryShown
    entries: list[EntryShown]
    deliveries: list[DeliveryShown]
    events: list[EventShown]


def _known(parts: Installation, actor: Actor, read: CallRead) -> _Known:
    return _Known(
        shown_call(parts, actor, read),
        shown_story(parts, actor, read),
        shown_entries(actor, read),
        shown_deliveries(actor, read, 0, EVENTS_SHOWN_MAX).items,
        shown_events(actor, read, 0, EVENTS_SHOWN_MAX).items,
    )


def _moment(request: Request, positions: Sequence[int]) -> tuple[int, str | None]:
    """Which of the call's events is the last that is shown, and the moment that this is; None for now."""
    asked = request.query_params
    last = len(positions)
    if text := asked.get("step"):
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= max(last, 1)):
            raise InvalidInput("step", f"must be a whole number from 1 to {last}")
        return int(text), str(positions[int(text) - 1]) if int(text) < last else None
    as_of = asked.get("as_of") or None
    if as_of is not None and as_of.isascii() and as_of.isdigit() and len(as_of) <= 15:
        return sum(position <= int(as_of) for position in positions), as_of
    return last, as_of


ROUTES = [
    PageRoute("/calls", listing, takes=(*FILTERS, AFTER.name)),
    PageRoute("/calls/{id}", show, takes=("view", "step", AS_OF.name)),
]
