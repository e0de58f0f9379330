"""What Dialtrail delivers to a subscriber: verified by the Standard Webhooks scheme, then read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from dialtrail_client.models import Outcome

OUTCOME_CHANGED = "outcome.changed"


class DeliveryRefused(ValueError):
    """It is not signed with this secret, or is more than five minutes old, or cannot be read: answer with 401."""


@dataclass(frozen=True)
class VerifiedDelivery:
    """A delivery whose signature holds.

    `id` is the same whenever it comes again; `timestamp` is when the event was recorded; `is_out_of_order` where what is
    newer may have come already.
    """

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]
    is_out_of_order: bool

    @property
    def outcome(self) -> Outcome | None:
        """The row, where it tells of an outcome."""
        return cast("Outcome", self.data) if self.type == OUTCOME_CHANGED else None


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> VerifiedDelivery:
    """The delivery in a request with these headers and this body, as it came.

    `secret` is what `POST /v1/subscriptions` showed. Raises `DeliveryRefused`, and `ValueError` for no secret at all.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        webhook = Webhook(secret)
    except (EmptyWebhookSecretError, ValueError):
        raise ValueError("the subscription's secret is whsec_ and base64, as it was shown once") from None
    try:
        webhook.verify(body, given, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise DeliveryRefused(f"the delivery's signature does not hold: {error}") from None
    try:
        said = json.loads(body)
        return VerifiedDelivery(
            id=given["webhook-id"],
            type=said["type"],
            timestamp=said["timestamp"],
            data=said["data"],
            is_out_of_order="dialtrail-out-of-order" in given,
        )
    except (ValueError, KeyError, TypeError):
        raise DeliveryRefused("the delivery is signed, but no delivery of Dialtrail") from None
