"""What is sent about subscriptions: who is told what, and what is told or sent again."""

from datetime import datetime
from typing import Annotated

import msgspec
from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from adapters.documents.input import StrictInput
from application.actor import ROLES, Actor, Role
from application.fields import CampaignId
from application.moment import instant_in
from application.subscriptions.asking import OLD_SECRET_SECONDS, OLD_SECRET_SECONDS_MAX
from application.subscriptions.composing import NEVER_TOLD
from domain.errors import InvalidInput, NotAllowed
from domain.events import EVENTS
from domain.identity import parse_campaign_id
from domain.subscription import IN_NO_EVENT, OUTCOME_CHANGED, Wanted
from entrypoints.http.parameters import POSITIONS_MAX

CAMPAIGNS_MAX = 1_000
TOLD = (OUTCOME_CHANGED, *IN_NO_EVENT, *sorted(name for name in EVENTS if not name.startswith(NEVER_TOLD)))
ID_FORM: JsonDict = msgspec.json.schema(CampaignId)
SECRET_FORM: JsonDict = {
    "type": "string",
    "pattern": "^(whsec_)?([A-Za-z0-9+/]{4}){6,20}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
}
OLD_SECRET = Annotated[
    int,
    Field(
        ge=0,
        le=OLD_SECRET_SECONDS_MAX,
        description="so long the secret until now signs beside a new one; with 0 no old one does",
    ),
]
A_PLACE = Annotated[int, Field(ge=0, le=POSITIONS_MAX)]


class SubscriptionInput(StrictInput):
    """The body of POST /v1/subscriptions."""

    id: str = Field(json_schema_extra=ID_FORM)
    url: str = Field(description="https://…, or http:// to a network of DIALTRAIL_TARGETS_ALLOWED")
    secret: str | None = Field(
        None,
        json_schema_extra={"anyOf": [SECRET_FORM, {"type": "null"}]},
        description="whsec_ and base64; made, and shown this once, where there is none",
    )
    old_secret_seconds: OLD_SECRET = OLD_SECRET_SECONDS
    events: list[str] = Field([OUTCOME_CHANGED], min_length=1, json_schema_extra={"items": {"enum": list(TOLD)}})
    campaigns: list[Annotated[str, Field(json_schema_extra=ID_FORM)]] | None = Field(
        None, max_length=CAMPAIGNS_MAX, description="null: all"
    )
    role: Role = Field("viewer", description="whose masking holds; no more than your own")


class RotateInput(StrictInput):
    """The body of POST /v1/subscriptions/{id}/rotate, which may be left out."""

    secret: str | None = Field(
        None, json_schema_extra={"anyOf": [SECRET_FORM, {"type": "null"}]}, description="made where there is none"
    )
    old_secret_seconds: OLD_SECRET = OLD_SECRET_SECONDS


class PauseInput(StrictInput):
    """The body of POST /v1/subscriptions/{id}/pause, which may be left out."""

    reason: str | None = Field(None, max_length=1_000)


class ReplayInput(StrictInput):
    """From where to tell it again: `from` a position or an instant on, or what comes `after` a position."""

    model_config = ConfigDict(populate_by_name=True)

    begin: A_PLACE | str | None = Field(None, alias="from", description="a position, or an instant; inclusive")
    after: A_PLACE | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "ReplayInput":
        if (self.begin is None) == (self.after is None):
            raise ValueError('send {"from": a position or an instant}, or {"after": a position}')
        return self


class ResendInput(StrictInput):
    """Which of those that were given up: about the event at `position`, about events `from` one `to` another, or `all`."""

    model_config = ConfigDict(populate_by_name=True)

    position: A_PLACE | None = None
    first: A_PLACE | None = Field(None, alias="from")
    last: A_PLACE | None = Field(None, alias="to")
    all: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> "ResendInput":
        has_range = self.first is not None or self.last is not None
        if [self.position is not None, has_range, self.all].count(True) != 1:
            raise ValueError('send {"position": p}, {"from": p, "to": q}, or {"all": true}')
        return self


def wanted_of(given: SubscriptionInput, actor: Actor) -> Wanted:
    """What is wanted. Raises `InvalidInput`, and `NotAllowed` for more than the actor may see."""
    for place, name in enumerate(given.events):
        if name not in TOLD:
            raise InvalidInput(
                f"events[{place}]",
                f"{name[:60]} is neither {OUTCOME_CHANGED}, one of {', '.join(IN_NO_EVENT)}, nor an event that is told",
            )
    for place, campaign_id in enumerate(given.campaigns or ()):
        parse_campaign_id(campaign_id, f"campaigns[{place}]")
    if ROLES.index(given.role) > ROLES.index(actor.role):
        raise NotAllowed(f"role: {given.role} may see more than your own role, {actor.role}")
    campaigns = None if given.campaigns is None else tuple(dict.fromkeys(given.campaigns))
    return Wanted(url=given.url, events=tuple(dict.fromkeys(given.events)), campaigns=campaigns, role=given.role)


def replayed_after(given: ReplayInput) -> int | datetime:
    """A position after which, or an instant from which on. Raises `InvalidInput`."""
    if isinstance(given.begin, int):
        return max(0, given.begin - 1)
    if given.begin is None:
        return given.after or 0
    try:
        return instant_in(given.begin)
    except ValueError:
        raise InvalidInput("from", "is neither a position nor an instant such as 2026-05-29T12:00:00Z") from None


def resent_range(given: ResendInput) -> tuple[int, int]:
    """The first and the last position of the events that those are about which are sent again."""
    if given.position is not None:
        return given.position, given.position
    return given.first or 0, POSITIONS_MAX if given.last is None else given.last
