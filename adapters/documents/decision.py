"""What is said with an approval, or against one, as people and programs write it."""

from typing import Annotated

from pydantic import Field

from adapters.documents.input import StrictInput, parse_json, validated
from adapters.documents.revision import REASON_CHARS_MAX


class DecisionInput(StrictInput):
    """The body of POST /v1/campaigns/{id}/changes/{change_id}/approve and decline, which may be empty."""

    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)] | None = None


def parse_decision(body: bytes) -> DecisionInput:
    """What a body says. Raises `InvalidInput` naming the first field at fault."""
    return validated(DecisionInput, parse_json(body) if body else {})
