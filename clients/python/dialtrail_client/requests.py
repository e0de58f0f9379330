"""The requests that programs make most. Any other route is an `ApiRequest`, too, with an answer of any JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from dialtrail_client.api_request import ApiRequest, path_of
from dialtrail_client.models import (
    CallbackInput,
    CallbackNow,
    Campaign,
    EnrolmentDone,
    EnrolmentRecipients,
    OutcomesPage,
    Recipient,
    SuppressionChanged,
    SuppressionInput,
    Waiting,
)

OUTCOMES_MAX = 500


def campaign(campaign_id: str) -> ApiRequest[Campaign]:
    """How a campaign stands."""
    return ApiRequest("GET", _campaign(campaign_id))


def create_campaign(plan: Mapping[str, Any]) -> ApiRequest[Campaign]:
    """Create a campaign of what a campaign file has. The same plan again changes nothing."""
    return ApiRequest("POST", "/v1/campaigns", body=dict(plan))


def start_campaign(campaign_id: str, *, canary: int | None = None) -> ApiRequest[Campaign | Waiting]:
    """Start it; `canary` is after how many calls it stands still. Where a second person has to approve, it waits."""
    return ApiRequest("POST", _campaign(campaign_id, "start"), body={"canary": canary})


def pause_campaign(campaign_id: str) -> ApiRequest[Campaign]:
    """Place no further calls."""
    return ApiRequest("POST", _campaign(campaign_id, "pause"))


def resume_campaign(campaign_id: str) -> ApiRequest[Campaign]:
    """Go on."""
    return ApiRequest("POST", _campaign(campaign_id, "resume"))


def enrol(
    campaign_id: str, recipients: Sequence[EnrolmentRecipients], *, name: str | None = None
) -> ApiRequest[EnrolmentDone]:
    """Enrol people under an import's name. Rows that cannot be used are `complaints` in the answer, not errors."""
    return ApiRequest("POST", _campaign(campaign_id, "recipients"), body={"import": name, "recipients": [*recipients]})


def recipient(campaign_id: str, number: str) -> ApiRequest[Recipient]:
    """A person in a campaign, with each attempt, and whether and why they would be called."""
    return ApiRequest("GET", _campaign(campaign_id, "recipients", number))


def set_callback(campaign_id: str, number: str, callback: CallbackInput) -> ApiRequest[CallbackNow]:
    """Call a person at a wished time."""
    return ApiRequest("PUT", _campaign(campaign_id, "recipients", number, "callback"), body=callback)


def drop_callback(campaign_id: str, number: str) -> ApiRequest[CallbackNow]:
    """Forget the wished time."""
    return ApiRequest("DELETE", _campaign(campaign_id, "recipients", number, "callback"))


def suppress(suppression: SuppressionInput) -> ApiRequest[SuppressionChanged]:
    """Call a person no more, for any campaign."""
    return ApiRequest("POST", "/v1/suppressions", body=suppression)


def release(number: str) -> ApiRequest[SuppressionChanged]:
    """Let a suppressed person be called again."""
    return ApiRequest("DELETE", path_of("v1", "suppressions", number))


def outcomes(after: str = "0", *, campaign: str | None = None, limit: int = OUTCOMES_MAX) -> ApiRequest[OutcomesPage]:
    """A page of what changed after a place; `follow` of a client asks for one after the other."""
    query: dict[str, str | int] = {"after": after, "limit": limit}
    if campaign is not None:
        query["campaign"] = campaign
    return ApiRequest("GET", "/v1/outcomes", query)


def _campaign(campaign_id: str, *further: str) -> str:
    return path_of("v1", "campaigns", campaign_id, *further)
