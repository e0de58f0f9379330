"""Whose a delivery is, and how old."""

import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.minivoice_webhook import is_fresh, verify_signature
from tests.adapters.minivoice_server import payload

SECRET = "change-me"
TIMESTAMP = "1780056600"
BODY = payload("signed-vector.json")
SIGNATURE = "v1=b9eea18b6998c5426a4482f3604330694e53e117e2032c8d1f974c5a607d0448"
SIGNED_AT = datetime.fromtimestamp(1_780_056_600, UTC)


def signed(secret: bytes, text: bytes) -> str:
    return "v1=" + hmac.digest(secret, text, "sha256").hex()


@pytest.mark.parametrize(
    "secrets", [[SECRET], [b"change-me"], ["new", SECRET], [SECRET, "old"], ["", SECRET], ("new", b"change-me")]
)
def test_the_documented_signature_is_genuine_under_any_of_our_secrets(secrets: list[str | bytes]) -> None:
    assert verify_signature(secrets, TIMESTAMP, SIGNATURE, BODY)


@pytest.mark.parametrize(
    ("secrets", "timestamp", "signature", "body"),
    [
        ([], TIMESTAMP, SIGNATURE, BODY),
        (["new", "old"], TIMESTAMP, SIGNATURE, BODY),
        ([SECRET], "1780056601", SIGNATURE, BODY),
        ([SECRET], " 1780056600", SIGNATURE, BODY),
        ([SECRET], "", SIGNATURE, BODY),
        ([SECRET], None, SIGNATURE, BODY),
        ([SECRET], TIMESTAMP, SIGNATURE, BODY + b"\n"),
        ([SECRET], TIMESTAMP, SIGNATURE, b""),
        ([SECRET], TIMESTAMP, None, BODY),
        ([SECRET], TIMESTAMP, "", BODY),
        ([SECRET], TIMESTAMP, "v1=", BODY),
        ([SECRET], TIMESTAMP, SIGNATURE.removeprefix("v1="), BODY),
        ([SECRET], TIMESTAMP, SIGNATURE.replace("v1", "v2"), BODY),
        ([SECRET], TIMESTAMP, SIGNATURE[:-1], BODY),
        ([SECRET], TIMESTAMP, SIGNATURE + "0", BODY),
        ([SECRET], TIMESTAMP, SIGNATURE + "é", BODY),
        ([SECRET], TIMESTAMP, SIGNATURE + "☎", BODY),
        ([SECRET], TIMESTAMP + "☎", SIGNATURE, BODY),
        ([SECRET], TIMESTAMP, "\ud800", BODY),
    ],
)
def test_anything_else_is_not(
    secrets: list[str | bytes], timestamp: str | None, signature: str | None, body: bytes
) -> None:
    assert not verify_signature(secrets, timestamp, signature, body)


def test_an_empty_secret_signs_nothing() -> None:
    signed_with_nothing = signed(b"", b"1780056600." + BODY)

    assert not verify_signature(["", b""], TIMESTAMP, signed_with_nothing, BODY)


def test_a_header_is_signed_as_its_bytes() -> None:
    assert verify_signature(["s"], "é", signed(b"s", b"\xe9.body"), b"body")


@given(st.text(), st.text(), st.binary())
def test_no_header_brings_an_error(timestamp: str, signature: str, body: bytes) -> None:
    assert not verify_signature([SECRET], timestamp, signature, body)


@pytest.mark.parametrize(
    "timestamp", ["1780056600", "1780056600000", "2026-05-29T12:10:00Z", "2026-05-29T14:10:00.000+02:00"]
)
@pytest.mark.parametrize(("seconds", "fresh"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_freshness_is_judged_both_ways_in_every_notation(timestamp: str, seconds: int, fresh: bool) -> None:
    now = datetime.fromtimestamp(1_780_056_600 + seconds, UTC)

    assert is_fresh(timestamp, now, 300) is fresh


@pytest.mark.parametrize(
    "timestamp",
    [
        None,
        "",
        "soon",
        "-5",
        "1e9",
        "1780056600.5",
        "9" * 16,
        "9" * 17,
        pytest.param("9" * 10_000, id="10,000 digits"),
        "١٧٨٠٠٥٦٦٠٠",
        "²",
    ],
)
def test_a_timestamp_that_cannot_be_read_is_fresh_only_where_any_age_is(timestamp: str | None) -> None:
    assert (is_fresh(timestamp, SIGNED_AT, 300), is_fresh(timestamp, SIGNED_AT, 0)) == (False, True)


def test_tolerance_zero_takes_any_age() -> None:
    assert is_fresh("0", SIGNED_AT, 0)


@given(st.text())
def test_no_timestamp_brings_an_error(timestamp: str) -> None:
    assert is_fresh(timestamp, SIGNED_AT, 300) in {True, False}
