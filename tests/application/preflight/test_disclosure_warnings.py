"""What a preflight says of calls that do not say what they have to."""

from msgspec.structs import replace

from application.preflight.disclosure_warnings import disclosure_warnings
from domain.campaign import CampaignState
from domain.policy import DisclosureRules, Policy
from domain.script import script_of, written_script
from tests.domain.dialing.test_purpose_rules import campaign
from tests.domain.script.given import MENU


def planned(says: str | None, *, required: bool = True, has_script: bool = True) -> CampaignState:
    plain = campaign("spring")
    rules = None if says is None else DisclosureRules(says=says, required=required)
    script = written_script(script_of(MENU)) if has_script else None
    return replace(plain, plan=replace(plain.plan, policy=Policy(disclosure=rules), script=script))


def test_it_warns_where_a_beginning_or_the_script_is_missing() -> None:
    assert list(disclosure_warnings(planned(None))) == []
    assert list(disclosure_warnings(planned("your parcel comes"))) == []
    assert list(disclosure_warnings(planned("a machine", required=False))) == []
    found = list(disclosure_warnings(planned("a machine")))
    assert [name for name, _ in found] == ["no_disclosure"] * 2
    assert found[0][1].startswith('step greeting does not say "a machine"')
    assert [name for name, _ in disclosure_warnings(planned("a machine", has_script=False))] == ["no_disclosure"]
    assert list(disclosure_warnings(replace(planned("a machine"), phase="completed"))) == []
