"""All routes of the API, each with its description, and the document that is made of them."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from starlette.requests import Request
from starlette.responses import Response

from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.openapi.document import OpenApiDocument, document_of
from entrypoints.http.openapi.operation import GUARDED, DescribedRoute, Operation
from entrypoints.http.routes import (
    account,
    agents,
    alerts,
    approvals,
    attempts,
    attention,
    callbacks,
    callers,
    calls,
    campaigns,
    comparison,
    consents,
    declining,
    deliveries,
    divergence,
    enrolment,
    erasures,
    events,
    evidence,
    figures,
    health,
    history,
    integrity,
    judgement,
    log,
    outcomes,
    pace,
    people,
    plans,
    quarantine,
    recipient_hours,
    recipients,
    recordings,
    refusals,
    retention,
    scripts,
    search,
    standing,
    stream,
    subscriptions,
    suppressed,
    suppressions,
    tokens,
    views,
    what_if,
)
from entrypoints.http.webhooks import WEBHOOK

ABOUT = (
    "Controlled outbound calls, and the ledger of everything that happened to them. Errors are RFC 9457 problems, whose "
    "`detail` says what to do. What takes GET takes HEAD as well."
)
ROLES = (
    "A token of DIALTRAIL_TOKENS. Its role: `viewer` reads with masked numbers and without bodies, `auditor` reads "
    "everything, `operator` reads everything and commands. Without DIALTRAIL_TOKENS everybody on the machine itself is "
    "operator."
)
TAGS: Mapping[str, str] = {
    "campaigns": "Plans: who calls, by which policy, with which words; and how far they have come",
    "recipients": "The people of a campaign, and why each is called or not",
    "suppressions": "People whom nobody calls",
    "consents": "Who has agreed to be called, about what and until when, and who has taken that back",
    "erasures": "People who are forgotten, and what stands against it",
    "attempts": "What was begun towards a call, and is in doubt",
    "calls": "MiniVoice's calls, each with everything that happened to it",
    "events": "The ledger itself",
    "deliveries": "Webhooks as they came",
    "subscriptions": "Your own systems that are told what happens",
    "account": "The account behind the API key",
    "views": "What lists and figures are read from, held against the ledger",
    "process": "This process, and this description",
}


async def show(request: Request) -> Response:
    """GET /openapi.json."""
    allow(request, READS)
    return JsonResponse(
        document(needs_token=request.app.state.needs_token, path=request.app.state.public_path.of_cookies)
    )


DESCRIPTION = DescribedRoute(
    show,
    Operation(
        method="GET",
        path="/openapi.json",
        tag="process",
        summary="This description",
        answers={200: OpenApiDocument},
        problems=GUARDED,
    ),
)
RESOURCES = (
    campaigns,
    plans,
    approvals,
    callers,
    agents,
    history,
    scripts,
    refusals,
    standing,
    enrolment,
    recipients,
    outcomes,
    callbacks,
    declining,
    consents,
    judgement,
    what_if,
    people,
    search,
    suppressed,
    suppressions,
    erasures,
    retention,
    subscriptions,
    attempts,
    calls,
    figures,
    pace,
    recipient_hours,
    events,
    recordings,
    comparison,
    deliveries,
    quarantine,
    stream,
    account,
    divergence,
    views,
    attention,
    alerts,
    integrity,
    log,
    evidence,
    tokens,
    health,
)
ROUTES = (*(route for one in RESOURCES for route in one.ROUTES), DESCRIPTION)
OPERATIONS = (WEBHOOK, *(route.operation for route in ROUTES))


@cache
def document(*, needs_token: bool, path: str = "/") -> OpenApiDocument:
    """What this server answers below `path`; `needs_token` where it has tokens set."""
    info = {"title": "Dialtrail", "version": _version(), "description": ABOUT}
    return document_of(OPERATIONS, TAGS, info, ROLES, needs_token=needs_token, path=path)


def _version() -> str:
    try:
        return version("dialtrail")
    except PackageNotFoundError:
        return "0"
