"""Names that are ours and checked, names that are the provider's and opaque."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import identity
from domain.errors import InvalidInput
from tests.domain.given import NUMBER

KEY = b"k" * 32


@pytest.mark.parametrize("slug", ["a", "7", "spring_followup", "spring-2026", "a" * identity.CAMPAIGN_ID_CHARS_MAX])
def test_a_slug_names_a_campaign(slug: str) -> None:
    assert identity.parse_campaign_id(slug) == slug


@pytest.mark.parametrize(
    "text",
    ["", "_a", "-a", "Spring", "a b", "a/b", "a:b", "a\n", "é", "a.b", "a" * (identity.CAMPAIGN_ID_CHARS_MAX + 1)],
)
def test_anything_else_names_no_campaign(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        identity.parse_campaign_id(text, "campaign")

    assert raised.value.field == "campaign"


@pytest.mark.parametrize(
    "text", ["call_123", "../../x", "a b", "ü", "100%", "a:b|c", "x" * identity.CALL_ID_CHARS_MAX, "👋" * 200]
)
def test_a_call_id_is_taken_as_it_is(text: str) -> None:
    assert identity.parse_call_id(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("x" * (identity.CALL_ID_CHARS_MAX + 1), "is longer than 200 characters"),
        ("a\nb", "has control characters"),
        ("a\0", "has control characters"),
        ("a\x7f", "has control characters"),
        ("a\x85", "has control characters"),
        ("\ud800", "has control characters"),
    ],
)
def test_a_call_id_is_bounded_and_has_no_control_characters(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        identity.parse_call_id(text)

    assert (raised.value.field, raised.value.message) == ("call.id", message)


@given(st.integers(10**9, 10**14).map("+{}".format))
def test_a_pseudonym_does_not_contain_the_number_and_is_stable(number: str) -> None:
    name = identity.pseudonym(KEY, number)

    assert name == identity.pseudonym(KEY, number)
    assert len(name) == identity.PSEUDONYM_HEX_CHARS
    assert number[1:] not in name


def test_a_pseudonym_depends_on_the_key_and_on_the_number() -> None:
    names = {
        identity.pseudonym(KEY, NUMBER),
        identity.pseudonym(b"other" * 8, NUMBER),
        identity.pseudonym(KEY, "+15551230002"),
    }

    assert len(names) == 3


def test_a_fingerprint_is_stable_and_does_not_contain_the_key() -> None:
    assert identity.account_fingerprint("mv_live_abc") == "4560b281417bd4ff"
    assert identity.account_fingerprint("mv_live_abd") != identity.account_fingerprint("mv_live_abc")


def test_stream_ids_say_what_they_are_of() -> None:
    assert [
        identity.campaign_stream("spring"),
        identity.call_stream("call_123"),
        identity.account_stream("fa0d"),
        identity.recipient_stream(KEY, NUMBER),
        identity.quarantine_stream("d" * 64),
    ] == [
        "campaign:spring",
        "call:call_123",
        "account:fa0d",
        "recipient:" + identity.pseudonym(KEY, NUMBER),
        "quarantine:" + "d" * 64,
    ]
