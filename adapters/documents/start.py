"""How a campaign is to start, as people and programs write it."""

from typing import Annotated

from pydantic import Field

from adapters.documents.input import StrictInput, parse_json, validated
from adapters.documents.texts import WHOLE

CANARY_CALLS_MAX = 10_000


class StartInput(StrictInput):
    """The body of POST /v1/campaigns/{id}/start, which may be empty: `canary` is after how many calls it stands still."""

    canary: Annotated[int, Field(ge=1, le=CANARY_CALLS_MAX), WHOLE] | None = None


def parse_start(body: bytes) -> StartInput:
    """What a body says. Raises `InvalidInput` naming the first field at fault."""
    return validated(StartInput, parse_json(body) if body else {})
