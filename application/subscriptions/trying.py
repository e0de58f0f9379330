"""One request to a subscriber, and what came of it."""

from collections.abc import Mapping
from datetime import datetime

import orjson

from adapters.outbox_rows import Letter, SubscriberPlace, Try
from adapters.outgoing import Answered
from adapters.retry_after import retry_after_seconds
from adapters.signing import SIGNATURE, SigningSecret, signed_by
from application.subscriptions.composing import Composed, message_id

ANSWER_BYTES_KEPT = 1_000
OUT_OF_ORDER_HEADER = "dialtrail-out-of-order"


def headers_of(letter: Letter, composed: Composed, place: SubscriberPlace, at: datetime) -> Mapping[str, str]:
    """The headers of a delivery that is sent `at`, with a signature of each secret that signs then."""
    name = message_id(composed.event_id, place.subscription_id, letter)
    secrets = [SigningSecret(text) for text in place.secrets_at(at)]
    headers = {"content-type": "application/json", **signed_by(secrets, name, composed.body, at)}
    return {**headers, OUT_OF_ORDER_HEADER: "true"} if letter.again else headers


def try_of(
    letter: Letter, at: datetime, seconds: float, headers: Mapping[str, str], answered: Answered | None, why: str | None
) -> Try:
    """What is kept of a request that was made `at` and took so many seconds; `why` there was no answer."""
    return Try(
        position=letter.position,
        nth=letter.nth,
        at=at,
        seconds=seconds,
        status=None if answered is None else answered.status,
        why=why,
        request=orjson.dumps({name: value for name, value in headers.items() if name != SIGNATURE}).decode(),
        answer=b"" if answered is None else answered.body[:ANSWER_BYTES_KEPT],
    )


def asked_seconds(answered: Answered | None) -> float:
    """For how long the subscriber asked to be left alone."""
    headers = {} if answered is None else answered.headers
    return retry_after_seconds(headers.get("retry-after"), headers.get("date")) or 0.0
