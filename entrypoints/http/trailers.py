"""Trailers are no headers: they come after the body, when everything was decided by the headers."""

from starlette.types import Scope

TRAILERS = "trailers"


def has_trailers(scope: Scope) -> bool:
    """Whether trailers came; known when the whole body is there."""
    return bool(scope.get("state", {}).get(TRAILERS))
