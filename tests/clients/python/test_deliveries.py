"""Deliveries are taken where the signature holds, and refused in every other case."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from freezegun import freeze_time

from adapters.signing import SigningSecret
from dialtrail_client import DeliveryRefused, verified

NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
SECRET = SigningSecret("whsec_" + base64.b64encode(bytes(range(32))).decode())
OTHER = SigningSecret("whsec_" + base64.b64encode(bytes(range(1, 33))).decode())
ROW: Mapping[str, Any] = {"number": "+15551230002", "status": "reached"}
BODY = orjson.dumps({"type": "outcome.changed", "timestamp": "2026-05-29T12:00:00.000000Z", "data": ROW})


def signed(body: bytes = BODY, secret: SigningSecret = SECRET, at: datetime = NOON) -> dict[str, str]:
    return dict(secret.headers("event-1_crm", body, at))


@freeze_time(NOON)
def test_what_dialtrail_signs_is_taken_whatever_the_headers_are_called() -> None:
    delivery = verified(SECRET.text, {name.title(): value for name, value in signed().items()}, BODY)

    assert (delivery.id, delivery.type, delivery.timestamp, delivery.is_out_of_order) == (
        "event-1_crm",
        "outcome.changed",
        "2026-05-29T12:00:00.000000Z",
        False,
    )
    assert delivery.outcome == ROW


@freeze_time(NOON)
def test_an_event_is_no_outcome_and_what_comes_again_says_so() -> None:
    body = orjson.dumps({"type": "call.answered", "timestamp": "2026-05-29T12:00:00.000000Z", "data": {"a": 1}})

    delivery = verified(SECRET.text, {**signed(body), "dialtrail-out-of-order": "true"}, body)

    assert (delivery.outcome, delivery.data, delivery.is_out_of_order) == (None, {"a": 1}, True)


@freeze_time(NOON)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({}, BODY, id="not signed"),
        pytest.param(signed(secret=OTHER), BODY, id="with another secret"),
        pytest.param(signed(), BODY.replace(b"reached", b"refused"), id="another body"),
        pytest.param({**signed(), "webhook-id": "event-2_crm"}, BODY, id="another id"),
        pytest.param({**signed(), "webhook-timestamp": "soon"}, BODY, id="no time"),
        pytest.param({**signed(), "webhook-timestamp": "nan"}, BODY, id="no time either"),
        pytest.param({**signed(), "webhook-signature": "v1"}, BODY, id="half a signature"),
        pytest.param({**signed(), "webhook-signature": "v1,?"}, BODY, id="no base64"),
        pytest.param({**signed(), "webhook-signature": "v1,schlüssel"}, BODY, id="no ASCII"),
        pytest.param(signed(at=NOON - timedelta(minutes=6)), BODY, id="old"),
        pytest.param(signed(at=NOON + timedelta(minutes=6)), BODY, id="of tomorrow"),
        pytest.param(signed(), b"\xff" + BODY, id="no text"),
        pytest.param(signed(b"[]"), b"[]", id="a list"),
        pytest.param(signed(b"{}"), b"{}", id="nothing in it"),
        pytest.param(signed(b"hello"), b"hello", id="no JSON"),
    ],
)
def test_anything_else_is_refused(headers: Mapping[str, str], body: bytes) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        verified(SECRET.text, headers, body)

    assert SECRET.text not in str(refused.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_x"])
def test_no_secret_is_said_before_anything_is_taken(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_ and base64") as refused:
        verified(secret, {}, BODY)

    assert not isinstance(refused.value, DeliveryRefused)
