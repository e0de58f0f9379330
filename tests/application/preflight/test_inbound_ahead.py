"""What a preflight says of who rings back: whose script they hear, and whether they can opt out there."""

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from application.preflight.inbound_ahead import InboundAhead, inbound_ahead, inbound_warnings
from domain.campaign import CampaignState
from domain.policy import Policy
from domain.script import script_of
from tests.domain.given import campaign_after
from tests.entrypoints.http.ringing import INBOUND

SILENT = {"start": "hello", "steps": {"hello": {"actions": [{"say": "Hello."}], "end": True}}}


def state(inbound: Mapping[str, Any] | None, digits: str | None = "9") -> CampaignState:
    one = campaign_after()
    policy = Policy(opt_out_digits=digits)
    return replace(one, plan=replace(one.plan, inbound_script=inbound or UNSET, policy=policy))


@pytest.mark.parametrize(
    ("own", "installation", "digits", "expected"),
    [
        (INBOUND, None, "9", InboundAhead(heard="campaign", opt_out=True)),
        (INBOUND, SILENT, "8", InboundAhead(heard="campaign", opt_out=False)),
        (INBOUND, None, None, InboundAhead(heard="campaign", opt_out=None)),
        (None, INBOUND, "9", InboundAhead(heard="installation", opt_out=True)),
        (None, SILENT, "9", InboundAhead(heard="installation", opt_out=False)),
        (None, None, "9", InboundAhead(heard="safe_text", opt_out=None)),
    ],
)
def test_who_rings_back_hears_the_campaigns_script_else_the_installations(
    own: Mapping[str, Any] | None, installation: Mapping[str, Any] | None, digits: str | None, expected: InboundAhead
) -> None:
    one = state(own, digits)
    found = inbound_ahead(one, None if installation is None else script_of(installation))
    assert found == expected
    names = [name for name, _ in inbound_warnings(one, found)]
    assert names == (["inbound_no_opt_out"] if found.opt_out is False else [])


def test_what_its_script_lacks_is_said() -> None:
    lacking = {**SILENT, "steps": {"hello": {"actions": [{"say": "Hello {name}."}], "end": True}}}
    one = state(lacking)
    warned = dict(inbound_warnings(one, inbound_ahead(one, None)))
    assert "name" in warned["inbound_fault"]
    assert list(inbound_warnings(replace(one, phase="completed"), inbound_ahead(one, None))) == []
