"""What is said with an approval, or against one, as people and programs write it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from adapters.documents.campaign import parse_json, validated
from adapters.documents.revision import REASON_CHARS_MAX


class DecisionInput(BaseModel):
    """The body of POST /v1/campaigns/{id}/changes/{change_id}/approve and decline, which may be empty."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)] | None = None


def parse_decision(body: bytes) -> DecisionInput:
    """What a body says. Raises `InvalidInput` naming the first field at fault."""
    return validated(DecisionInput, parse_json(body) if body else {})
