"""The names of things: which are ours and checked, which are the provider's and opaque, and the streams they lead to."""

import hashlib
import hmac
import re

from domain.errors import InvalidInput
from domain.kept_numbers import remembers_numbers

CALL_ID_CHARS_MAX = 200
CAMPAIGN_ID_CHARS_MAX = 64
PSEUDONYM_HEX_CHARS = 32
PSEUDONYMS_KEPT_MAX = 4_096
FINGERPRINT_HEX_CHARS = 16
SIGNATURE_HEX_CHARS = 32
LEDGER_STREAM = "ledger:"
"""What happens to the ledger itself; there is one."""
KEYS_STREAM = "ledger:keys"
SEALED_STREAM = "ledger:sealed"
"""Which keys were destroyed: a stream by itself, which may be long."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*", re.ASCII)


def parse_campaign_id(text: str, field: str = "id") -> str:
    """A campaign's slug, as it is. Raises `InvalidInput` naming `field`."""
    if len(text) > CAMPAIGN_ID_CHARS_MAX or _SLUG.fullmatch(text) is None:
        raise InvalidInput(
            field,
            f"must be 1 to {CAMPAIGN_ID_CHARS_MAX} of a-z, 0-9, '_' and '-', not starting with a sign, "
            "like spring_followup",
        )
    return text


def parse_call_id(text: str, field: str = "call.id") -> str:
    """MiniVoice's call id: opaque, so only bounded. Raises `InvalidInput` naming `field`."""
    if not text:
        raise InvalidInput(field, "is empty")
    if len(text) > CALL_ID_CHARS_MAX:
        raise InvalidInput(field, f"is longer than {CALL_ID_CHARS_MAX} characters")
    if _CONTROL.search(text) is not None:
        raise InvalidInput(field, "has control characters")
    return text


@remembers_numbers(PSEUDONYMS_KEPT_MAX)
def pseudonym(key: bytes, number: str) -> str:
    """A number's stand-in in stream ids: without `key` it can neither be read back nor guessed."""
    return hmac.digest(key, number.encode(), "sha256").hex()[:PSEUDONYM_HEX_CHARS]


def signature(key: bytes, purpose: str, text: str) -> str:
    """What only the holder of `key` can make of a text, another for each purpose: 32 hex characters."""
    own_key = hmac.digest(key, b"dialtrail " + purpose.encode(), "sha256")
    return hmac.digest(own_key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:SIGNATURE_HEX_CHARS]


def account_fingerprint(api_key: str) -> str:
    """Names the MiniVoice application behind an API key without containing the key."""
    return hashlib.sha256(b"dialtrail account\0" + api_key.encode()).hexdigest()[:FINGERPRINT_HEX_CHARS]


def campaign_stream(campaign_id: str) -> str:
    """The stream of a campaign."""
    return f"campaign:{campaign_id}"


def call_stream(call_id: str) -> str:
    """The stream of a call."""
    return f"call:{call_id}"


def call_id_of(stream: str) -> str | None:
    """The call whose stream it is; None where it is no call's."""
    kind, _, call_id = stream.partition(":")
    return call_id if kind == "call" else None


def account_stream(fingerprint: str) -> str:
    """The stream of an account."""
    return f"account:{fingerprint}"


def recipient_stream(key: bytes, number: str) -> str:
    """The stream of the person behind a number, one across all campaigns."""
    return recipient_stream_of(pseudonym(key, number))


def recipient_stream_of(known_as: str) -> str:
    """The stream of the person who has this pseudonym."""
    return f"recipient:{known_as}"


def pseudonym_of(stream: str) -> str:
    """The pseudonym of the person whose stream it is."""
    return stream.partition(":")[2]


def quarantine_stream(digest: str) -> str:
    """The stream of one unreadable delivery, named by the SHA-256 of its body."""
    return f"quarantine:{digest}"


def subscription_stream(subscription_id: str) -> str:
    """The stream of a subscription."""
    return f"subscription:{subscription_id}"
