"""A campaign's lookup as it is written, revised and shown."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.documents.campaign import parse_campaign
from adapters.documents.lookup import URL_FORM, shown_lookup, shown_ttl
from adapters.documents.revision import parse_revision, plan_changes
from adapters.targets import read_target
from domain.campaign import Lookup, Plan
from domain.errors import InvalidInput
from tests.domain.given import campaign_after

URL = "https://crm.example.org/lookup?key=secret"


def plan(**more: Any) -> Plan:
    return parse_campaign({"id": "spring", "from": "+15551230001", **more})[1]


def revised(before: Plan, **changes: Any) -> Plan:
    return parse_revision({"reason": "asked", **changes}).applied_to(replace(campaign_after(), plan=before))


def test_a_campaign_without_one_asks_nobody() -> None:
    assert plan().asked_first is None
    assert (shown_lookup(plan()), shown_ttl(plan())) == (None, None)


def test_it_comes_back_as_it_is_written() -> None:
    written = plan(lookup={"url": URL, "on_failure": "skip"}, lookup_ttl_seconds=60)
    assert written.asked_first == Lookup(url=URL, on_failure="skip", ttl_seconds=60, timeout_seconds=5.0)
    shown = shown_lookup(written)
    assert shown == {"url": URL, "on_failure": "skip", "timeout_seconds": 5.0}
    assert plan(lookup=shown, lookup_ttl_seconds=shown_ttl(written)) == written
    assert plan(lookup={"url": URL}).asked_first == Lookup(url=URL)
    assert "secret" not in str(shown_lookup(written, sees_all=False))


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"lookup": {"url": "ftp://crm.example.org/"}}, "lookup.url"),
        ({"lookup": {"url": "https://a:b@crm.example.org/"}}, "lookup.url"),
        ({"lookup": {"url": URL, "on_failure": "retry"}}, "lookup.on_failure"),
        ({"lookup": {"url": URL, "timeout_seconds": 11}}, "lookup.timeout_seconds"),
        ({"lookup": {"url": URL, "ttl": 1}}, "lookup.ttl"),
        ({"lookup": {"url": URL}, "lookup_ttl_seconds": -1}, "lookup_ttl_seconds"),
        ({"lookup_ttl_seconds": 60}, "lookup_ttl_seconds"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(given_: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan(**given_)
    assert refused.value.field == field


def test_a_revision_gives_changes_and_takes_away() -> None:
    before = plan(lookup={"url": URL}, lookup_ttl_seconds=60)
    assert revised(before, record=True).asked_first == before.asked_first
    assert revised(before, lookup_ttl_seconds=5).asked_first == Lookup(url=URL, ttl_seconds=5)
    other = revised(before, lookup={"url": URL, "on_failure": "go_on"})
    assert other.asked_first == Lookup(url=URL, on_failure="go_on", ttl_seconds=60)
    assert [one["field"] for one in plan_changes(before, other)] == ["lookup"]
    assert revised(before, lookup=None) == plan()
    with pytest.raises(InvalidInput):
        revised(plan(), lookup_ttl_seconds=5)


@given(st.from_regex(re.compile(str(URL_FORM["pattern"]), re.ASCII), fullmatch=True))
def test_whatever_the_description_allows_is_taken(url: str) -> None:
    assert read_target(url.rstrip("\n")).host
