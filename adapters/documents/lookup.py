"""A campaign's lookup as people and programs write it, and as it is shown."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace
from pydantic import Field, field_validator
from pydantic.config import JsonDict

from adapters.documents.input import StrictInput
from adapters.documents.texts import WHOLE
from adapters.targets import URL_CHARS_MAX, TargetRefused, read_target
from domain.campaign import (
    LOOKUP_TIMEOUT_SECONDS_DEFAULT,
    LOOKUP_TTL_SECONDS_DEFAULT,
    Lookup,
    OnFailure,
    Plan,
)
from domain.errors import InvalidInput

TTL_SECONDS_MAX = 30 * 86_400
TIMEOUT_SECONDS_MIN = 0.1
TIMEOUT_SECONDS_MAX = 10.0
TTL = "lookup_ttl_seconds"
_LABEL, _BYTE = "[a-z]([a-z0-9-]{0,30}[a-z0-9])?", "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# What `read_target` takes, as far as a JSON schema can say it.
URL_FORM: JsonDict = {
    "pattern": (
        rf"^https?://({_LABEL}(\.{_LABEL}){{0,4}}|{_BYTE}(\.{_BYTE}){{3}})"
        r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}))?(/[!$-;=?-Z_a-z~]*)?$"
    ),
    "description": "asked by POST; https://…, or http:// to a network of DIALTRAIL_TARGETS_ALLOWED",
}

TtlSeconds = Annotated[
    int,
    Field(ge=0, le=TTL_SECONDS_MAX, description="how long a lookup's answer on a person is used; goes with lookup"),
    WHOLE,
]


class LookupInput(StrictInput):
    """`lookup` of a campaign: a system of yours that is asked about each person before they are called."""

    url: str = Field(max_length=URL_CHARS_MAX, json_schema_extra=URL_FORM)
    on_failure: OnFailure = Field(
        default="hold", description="where no usable answer comes: call without it, try again later, or take them out"
    )
    timeout_seconds: float = Field(
        default=LOOKUP_TIMEOUT_SECONDS_DEFAULT, ge=TIMEOUT_SECONDS_MIN, le=TIMEOUT_SECONDS_MAX, allow_inf_nan=False
    )

    @field_validator("url")
    @classmethod
    def _target(cls, value: str) -> str:
        try:
            read_target(value)
        except TargetRefused as error:
            raise ValueError(str(error)) from None
        return value


def stored_lookup(given: LookupInput | None, ttl_seconds: int | None) -> Lookup | UnsetType:
    """What a plan keeps. Raises `InvalidInput` for a time to live of nothing."""
    if given is None:
        if ttl_seconds is not None:
            raise InvalidInput(TTL, "goes with lookup, which is not there; write both, or neither")
        return UNSET
    return Lookup(
        url=given.url,
        on_failure=given.on_failure,
        ttl_seconds=LOOKUP_TTL_SECONDS_DEFAULT if ttl_seconds is None else ttl_seconds,
        timeout_seconds=given.timeout_seconds,
    )


def revised_lookup(plan: Plan, changes: dict[str, Any]) -> Lookup | UnsetType:
    """The lookup of a plan after what is taken out of `changes`. Raises `InvalidInput` for a time to live of nothing."""
    ttl_seconds: int | None = changes.pop(TTL, None)
    now = plan.asked_first
    if "lookup" in changes:
        given: LookupInput | None = changes.pop("lookup")
        kept = None if given is None or now is None else now.ttl_seconds
        return stored_lookup(given, kept if ttl_seconds is None else ttl_seconds)
    if ttl_seconds is None:
        return plan.lookup
    if now is None:
        raise InvalidInput(TTL, "goes with lookup, which this campaign does not have; give it one, or leave this out")
    return replace(now, ttl_seconds=ttl_seconds)


def shown_lookup(plan: Plan, *, sees_all: bool = True) -> Mapping[str, Any] | None:
    """In the form in which it is sent; to viewers only where it is, not the path and query, which may hold a secret."""
    lookup = plan.asked_first
    if lookup is None:
        return None
    scheme = lookup.url.partition("://")[0]
    return {
        "url": lookup.url if sees_all else f"{scheme}://{lookup.host}/…",
        "on_failure": lookup.on_failure,
        "timeout_seconds": lookup.timeout_seconds,
    }


def shown_ttl(plan: Plan) -> int | None:
    """`lookup_ttl_seconds` of a plan; None without a lookup."""
    return None if plan.asked_first is None else plan.asked_first.ttl_seconds
