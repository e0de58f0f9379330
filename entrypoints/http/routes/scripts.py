"""The versions of a campaign's script over HTTP: which there were, what each says, and what two of them differ in."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.documents.script import shown_script
from application.actor import Actor
from application.queries.masking import shown_text
from domain.campaign import existing
from domain.errors import InvalidInput, NotFound
from domain.identity import campaign_stream
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import as_of, parts_of, path_value, whole_number
from projections.folded import campaign_of
from projections.script_versions import ScriptVersion, script_changes, script_versions

VERSIONS_MAX = 10**9
PAGE_VERSIONS_DEFAULT = 100
PAGE_VERSIONS_MAX = 1_000
DIGITS_MAX = 9


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts."""
    actor = allow(request, READS)
    limit = whole_number(request.query_params, "limit", PAGE_VERSIONS_DEFAULT, 1, PAGE_VERSIONS_MAX)
    after = whole_number(request.query_params, "after", 0, 0, VERSIONS_MAX)
    versions, position = await _versions(request)
    items = [one for one in versions if one.version > after]
    following = str(items[limit - 1].version) if len(items) > limit else None
    shown = [_shown(one, actor) for one in items[:limit]]
    return JsonResponse({"items": shown, "next": following, "position": position})


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}."""
    actor = allow(request, READS)
    versions, position = await _versions(request)
    found = _chosen(request, "version", versions)
    script = shown_script(found.script, sees_numbers=actor.sees_numbers)
    return JsonResponse({**_shown(found, actor), "script": script, "position": position})


async def compare(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}/compare/{other}."""
    actor = allow(request, READS)
    versions, position = await _versions(request)
    before, after = (_chosen(request, name, versions) for name in ("version", "other"))
    scripts = [shown_script(one.script, sees_numbers=actor.sees_numbers) for one in (before, after)]
    return JsonResponse(
        {
            "before": _shown(before, actor),
            "after": _shown(after, actor),
            "changes": script_changes(*scripts),
            "position": position,
        }
    )


async def _versions(request: Request) -> tuple[list[ScriptVersion], int]:
    parts, campaign_id = parts_of(request), path_value(request, "id")
    moment = await as_of(request)
    stream = await asyncio.to_thread(parts.ledger.read_stream, campaign_stream(campaign_id), moment.position)
    existing(campaign_of(stream), campaign_id)
    return script_versions(stream), moment.position


def _chosen(request: Request, name: str, versions: list[ScriptVersion]) -> ScriptVersion:
    text = path_value(request, name)
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise InvalidInput(name, "must be the number of a version, from 1")
    number = int(text)
    if not 1 <= number <= len(versions):
        known = f"there are 1 to {len(versions)}" if versions else "it has none"
        raise NotFound(f"the campaign has no version {number} of its script; {known}")
    return versions[number - 1]


def _shown(one: ScriptVersion, actor: Actor) -> dict[str, Any]:
    steps = None if one.script is None else len(one.script.get("steps", ()))
    return {
        "version": one.version,
        "recorded_at": one.recorded_at,
        "at_position": one.position,
        "actor": shown_text(one.author, actor),
        "reason": shown_text(one.reason, actor),
        "steps": steps,
    }


ROUTES = [
    Route("/v1/campaigns/{id}/scripts", listing, methods=["GET"]),
    Route("/v1/campaigns/{id}/scripts/{version}", show, methods=["GET"]),
    Route("/v1/campaigns/{id}/scripts/{version}/compare/{other}", compare, methods=["GET"]),
]
