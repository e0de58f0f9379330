"""The whole OpenAPI document, and the route that serves it."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.openapi import (
    account,
    approvals,
    calls,
    campaigns,
    comparison,
    deliveries,
    integrity,
    judgement,
    process,
    recipients,
    refusals,
    scripts,
    standing,
    views,
)
from entrypoints.http.openapi.operation import failure
from entrypoints.http.openapi.shape import Schema

PATH = "/openapi.json"
OPENAPI_VERSION = "3.1.0"
OPERATIONS = (
    *process.OPERATIONS,
    *campaigns.OPERATIONS,
    *judgement.OPERATIONS,
    *approvals.OPERATIONS,
    *recipients.OPERATIONS,
    *calls.OPERATIONS,
    *comparison.OPERATIONS,
    *deliveries.OPERATIONS,
    *account.OPERATIONS,
    *scripts.OPERATIONS,
    *views.OPERATIONS,
    *integrity.OPERATIONS,
    *refusals.OPERATIONS,
    *standing.OPERATIONS,
)
SCHEMAS: dict[str, Schema] = {
    **campaigns.SCHEMAS,
    **judgement.SCHEMAS,
    **approvals.SCHEMAS,
    **recipients.SCHEMAS,
    **calls.SCHEMAS,
    **comparison.SCHEMAS,
    **deliveries.SCHEMAS,
    **account.SCHEMAS,
    **scripts.SCHEMAS,
    **views.SCHEMAS,
    **integrity.SCHEMAS,
    **refusals.SCHEMAS,
    **standing.SCHEMAS,
}
ABOUT = (
    "Controlled outbound calls, and the ledger of everything that happened to them. Errors are RFC 9457 problems, whose "
    "`detail` says what to do. What takes GET takes HEAD as well."
)
ROLES = (
    "A token of DIALTRAIL_TOKENS. Its role: `viewer` reads with masked numbers and without bodies, `auditor` reads "
    "everything, `operator` reads everything and commands. Without DIALTRAIL_TOKENS everybody on the machine itself is "
    "operator."
)


def document(*, needs_token: bool) -> dict[str, Any]:
    """What this server answers; `needs_token` where it has tokens set."""
    paths: dict[str, Any] = {}
    responses: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = operation.described()
        responses |= {name: failure(*answer) for name, answer in operation.failures().items()}
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": "Dialtrail", "version": _version(), "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}] if needs_token else [{"bearer": []}, {}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": ROLES}},
            "schemas": _with_definitions(SCHEMAS),
            "responses": dict(sorted(responses.items())),
        },
    }


async def show(request: Request) -> Response:
    """GET /openapi.json."""
    allow(request, READS)
    return JsonResponse(document(needs_token=request.app.state.needs_token))


def _version() -> str:
    try:
        return version("dialtrail")
    except PackageNotFoundError:
        return "0"


def _with_definitions(schemas: dict[str, Schema]) -> dict[str, Schema]:
    """The schemas, with the definitions that pydantic writes into its own moved beside them."""
    moved: dict[str, Schema] = {}
    for name, schema in schemas.items():
        moved[name] = _moved({key: value for key, value in schema.items() if key != "$defs"})
        moved.update({inner: _moved(found) for inner, found in schema.get("$defs", {}).items()})
    return moved


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: one.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else _moved(one)
            for key, one in value.items()
        }
    return [_moved(one) for one in value] if isinstance(value, list) else value


ROUTES = [Route(PATH, show, methods=["GET"])]
