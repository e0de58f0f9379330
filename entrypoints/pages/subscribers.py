"""Your own systems that are told what happens: how it stands with each, what was tried, and what operators do about it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.input import validated
from application.queries.subscriptions import (
    SubscriptionShown,
    subscription_shown,
    subscription_whole,
    subscriptions_page,
)
from domain.counted import counted
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.parameters import POSITIONS_MAX
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.subscriptions import SUBSCRIPTION, asking
from entrypoints.http.subscribing import (
    PauseInput,
    ReplayInput,
    ResendInput,
    RotateInput,
    replayed_after,
    resent_range,
)
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.pages.written_time import with_offset
from entrypoints.segments import segment

LIST = "/subscriptions"
TRIES = "tries"
TRIES_SHOWN_MAX = 10
ACTS: Mapping[str, Act] = {
    "rotate": Act(
        "New secret for",
        "A new secret is made, and shown once. Each delivery is signed with both for a while, so that the receiver can be "
        "changed meanwhile.",
    ),
    "pause": Act(
        "Pause", "It is told nothing until somebody resumes it. What happens meanwhile is told then; nothing is lost."
    ),
    "resume": Act("Resume", "It is told what came meanwhile, from where it stood, and then what follows."),
    "replay": Act(
        "Replay",
        "It is told again, in order, what was recorded from there on: under the same ids, marked as out of order. A "
        "receiver that notes the ids does none of it twice.",
    ),
    "resend": Act(
        "Resend",
        "What was given up is sent once more, marked as out of order: what is newer was told already. It is tried for three "
        "days, as any delivery.",
    ),
    "delete": Act(
        "Delete",
        "It is told nothing any more. Its secret, its tries and its dead letters are forgotten, and cannot be had again.",
        True,
    ),
}


async def listing(request: Request) -> Response:
    """GET /subscriptions."""
    actor, parts = allow(request, READS), parts_of(request)
    found = await asyncio.to_thread(subscriptions_page, parts, actor)
    return page(request, "subscribers.html", entries=found.items)


async def show(request: Request) -> Response:
    """GET /subscriptions/{id}."""
    actor, parts, subscription_id = allow(request, READS), parts_of(request), SUBSCRIPTION.read(request)
    whole = await asyncio.to_thread(subscription_whole, parts, actor, subscription_id)
    shows_all = request.query_params.get(TRIES) == "all"
    return page(
        request,
        "subscriber.html",
        one=whole.subscription,
        tries=whole.tries,
        tries_shown=whole.tries if shows_all else whole.tries[:TRIES_SHOWN_MAX],
        tries_all=shows_all,
        letters=whole.dead_letters,
    )


async def ask(request: Request) -> Response:
    """GET /subscriptions/{id}/pause, resume, replay, resend or delete: whether it is meant."""
    actor, parts, subscription_id = allow(request, COMMANDS), parts_of(request), SUBSCRIPTION.read(request)
    verb = _verb(request)
    one = await asyncio.to_thread(subscription_shown, parts, actor, subscription_id)
    chosen = request.query_params.get("position", "") if verb == "resend" else ""
    return page(
        request,
        "subscriber_act.html",
        one=one,
        verb=verb,
        act=_about(ACTS[verb], verb, one),
        chosen=chosen,
        end=parts.ledger.position,
    )


async def act(request: Request) -> Response:
    """POST to the same: do it, then show the subscription, or those that are left."""
    actor, parts, subscription_id = allow(request, COMMANDS), parts_of(request), SUBSCRIPTION.read(request)
    fields, verb, asked = await read_form(request), _verb(request), asking(parts)
    if verb == "pause":
        reason = fields.get("reason", "").strip() or None
        given = validated(PauseInput, {"reason": reason})
        await asked.pause(subscription_id, given.reason, actor.metadata)
    elif verb == "rotate":
        seconds = validated(RotateInput, {"old_secret_seconds": _seconds_of(fields)}).old_secret_seconds
        done = await asked.rotate(subscription_id, None, seconds, actor.metadata)
        return page(
            request, "subscriber_secret.html", id=subscription_id, secret=done.secret, until=done.old_secret_until
        )
    elif verb == "resume":
        await asked.resume(subscription_id, actor.metadata)
    elif verb == "replay":
        await asked.replay(subscription_id, replayed_after(_replay_of(request, fields)))
    elif verb == "resend":
        await asked.resend(subscription_id, *resent_range(validated(ResendInput, _resend_of(fields))))
    else:
        await asked.end(subscription_id, actor.metadata)
        return RedirectResponse(LIST, status_code=303)
    return RedirectResponse(f"{LIST}/{segment(subscription_id)}", status_code=303)


def _about(act: Act, verb: str, one: SubscriptionShown) -> Act:
    """The act, with how much it is about."""
    if verb == "resume" and one.behind:
        return replace(act, means=f"{act.means} It is {counted(one.behind, 'event')} behind.")
    if verb == "resend":
        return replace(act, means=f"{counted(one.dead, 'delivery was', 'deliveries were')} given up. {act.means}")
    if verb == "delete" and one.waiting + one.dead:
        left = counted(
            one.waiting + one.dead,
            "delivery that waits or was given up is",
            "deliveries that wait or were given up are",
        )
        return replace(act, means=f"{act.means} {left} among it.")
    return act


def _seconds_of(fields: Mapping[str, str]) -> int:
    """For how long the old secret signs on. Raises `InvalidInput`."""
    text = fields.get("hours", "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 4:
        raise InvalidInput("hours", f"{text[:40]} is no number of hours; write it like 24")
    return int(text) * 3600


def _replay_of(request: Request, fields: Mapping[str, str]) -> ReplayInput:
    text = fields.get("from", "").strip()
    if not text:
        raise InvalidInput("from", "say from which position or instant on")
    is_position = text.isascii() and text.isdigit()
    return validated(
        ReplayInput, {"from": _position("from", text) if is_position else with_offset(request, "from", text)}
    )


def _resend_of(fields: Mapping[str, str]) -> Mapping[str, Any]:
    """Which letters: one, a range, or all; as the API takes it. Raises `InvalidInput`."""
    which = fields.get("which", "")
    if which == "all":
        return {"all": True}
    names = {"one": ("position",), "range": ("from", "to")}.get(which)
    if names is None:
        raise InvalidInput("which", "choose one of: all, one, a range")
    given = {name: _position(name, text) for name in names if (text := fields.get(name, "").strip())}
    if not given:
        raise InvalidInput(names[0], "is a position of the ledger, such as 1042")
    return given


def _position(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(POSITIONS_MAX)):
        raise InvalidInput(name, f"{text[:40]} is no position of the ledger; write it like 1042")
    return int(text)


def _verb(request: Request) -> str:
    return str(request.scope["path"]).rpartition("/")[2]


ROUTES = [
    PageRoute(LIST, listing),
    PageRoute(f"{LIST}/{{id}}", show, takes=(TRIES,)),
    *(
        PageRoute(f"{LIST}/{{id}}/{verb}", handler, method=method, takes=takes)
        for verb in ACTS
        for method, handler, takes in (("GET", ask, ("position",) if verb == "resend" else ()), ("POST", act, ()))
    ),
]
