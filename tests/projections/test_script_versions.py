from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.campaign import CampaignCreated, CampaignPaused, CampaignRevised, Plan
from domain.events import Recorded
from projections.folded import campaign_of
from projections.script_versions import ScriptDifference, script_changes, script_versions
from tests.projections.recording import at, recorded

A: dict[str, Any] = {"start": "a", "steps": {"a": {"actions": [{"say": "Hello."}], "end": True}}}
B: dict[str, Any] = {"start": "a", "steps": {"a": {"actions": [{"say": "Hi."}, {"hold": {}}], "end": True}}}


def plan(script: dict[str, Any] | None) -> Plan:
    return Plan(caller_number="+15551230001", script=script)


def history(first: dict[str, Any] | None, *later: dict[str, Any] | None) -> list[Recorded]:
    events: list[Any] = [CampaignCreated(campaign_id="c", plan=plan(first))]
    for script in later:
        events += [
            CampaignRevised(plan=plan(script), reason=f"because {len(events)}"),
            CampaignPaused(cause="operator"),
        ]
    return [recorded(place, "campaign:c", event, version=place) for place, event in enumerate(events, start=1)]


def test_each_change_of_the_script_is_a_version_and_a_rollback_is_one_too() -> None:
    found = script_versions(history(A, A, B, A))

    assert [(one.version, one.script, one.position, one.reason) for one in found] == [
        (1, A, 1, None),
        (2, B, 4, "because 3"),
        (3, A, 6, "because 5"),
    ]
    assert found[1].recorded_at == at(4)


def test_a_campaign_without_a_script_has_no_version() -> None:
    assert script_versions(history(None, None)) == []


@given(scripts=st.lists(st.sampled_from([A, B, None]), min_size=1, max_size=8))
def test_the_campaigns_own_count_names_the_version_that_holds(scripts: list[dict[str, Any] | None]) -> None:
    stream = history(*scripts)
    versions, state = script_versions(stream), campaign_of(stream)

    assert state is not None
    assert state.script_version == len(versions)
    assert (versions[-1].script if versions else None) == state.plan.script


def test_changes_are_named_by_their_place() -> None:
    assert script_changes(A, B) == [
        ScriptDifference("steps.a.actions[0].say", "Hello.", "Hi."),
        ScriptDifference("steps.a.actions[1].hold", None, {}),
    ]
    assert script_changes(A, A) == []
    assert [change.after for change in script_changes(A, None)] == [None, None, None]
