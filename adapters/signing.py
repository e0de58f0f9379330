"""Signatures by the Standard Webhooks scheme (https://www.standardwebhooks.com), on what goes to users' own systems."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from domain.errors import InvalidInput

PREFIX = "whsec_"
SIGNATURE = "webhook-signature"
SECRET_BYTES = 32
SECRET_BYTES_MIN = 16
SECRET_BYTES_MAX = 64


class SigningSecret:
    """A secret of both sides. It is shown by `text` alone, in no repr and no log line."""

    __slots__ = ("_text", "_webhook")

    def __init__(self, text: str, field: str = "secret") -> None:
        """Raises `InvalidInput`, without the value, for a text that is not `whsec_` and base64."""
        encoded = text.removeprefix(PREFIX)
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise InvalidInput(
                field, f"is not base64; write {PREFIX} and base64, or leave it out to have one made"
            ) from None
        if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
            raise InvalidInput(
                field, f"is {len(key)} bytes long; use {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX}, or leave it out"
            )
        self._text = PREFIX + base64.b64encode(key).decode()
        self._webhook = Webhook(key)

    def __repr__(self) -> str:
        return "SigningSecret()"

    @property
    def text(self) -> str:
        """The secret itself, as `whsec_…`."""
        return self._text

    def headers(self, message_id: str, body: bytes, now: datetime) -> Mapping[str, str]:
        """The three headers that sign this body as sent at `now` (aware)."""
        seconds = int(now.timestamp())
        signed = self._webhook.sign(message_id, datetime.fromtimestamp(seconds, UTC), body.decode())
        return {"webhook-id": message_id, "webhook-timestamp": str(seconds), SIGNATURE: signed}


def signed_by(secrets: Sequence[SigningSecret], message_id: str, body: bytes, now: datetime) -> Mapping[str, str]:
    """The three headers that sign this body with each of these secrets, at least one: whoever knows any can verify it."""
    each = [secret.headers(message_id, body, now) for secret in secrets]
    return {**each[0], SIGNATURE: " ".join(one[SIGNATURE] for one in each)}


def made_secret(chance: bytes) -> SigningSecret:
    """A new secret of `SECRET_BYTES` random bytes, which come in from outside."""
    return SigningSecret(PREFIX + base64.b64encode(chance).decode())
