"""Gauges of running campaigns: their agents, and the numbers that they call from."""

from collections.abc import Iterable
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

from msgspec.structs import replace

from application.campaign_figures import CAMPAIGNS_SHOWN_MAX, CampaignFigures
from domain.agents import AgentRules, AgentsKnown
from domain.caller_pool import NOT_USED, CallerPool, CallerUse
from domain.campaign import CampaignState, RemovedCaller
from projections.in_flight import InFlight
from tests.domain.given import NINE, campaign_after

A, B, C = "+15551230001", "+15551230002", "+15551230003"
TODAY = CallerUse(turns=0, day=NINE.date()).with_one_more(B).with_one_more(B).with_one_more(C)


def running(name: str, free: int | None = None, age_seconds: float = 0) -> CampaignState:
    """A campaign with these agents, told so long ago."""
    state = replace(campaign_after(), campaign_id=name, phase="running", running_since=NINE)
    if free is None:
        return state
    known = AgentsKnown(free=free, told_at=NINE - timedelta(seconds=age_seconds), source="told")
    return replace(state, plan=replace(state.plan, agents=AgentRules(factor=0.5)), agents=known)


def read(states: Iterable[CampaignState], use: CallerUse = NOT_USED, live: int = 0) -> dict[tuple[str, ...], float]:
    """Each sample by its metric's name and the values of its labels."""
    in_flight = SimpleNamespace(
        campaigns={state.campaign_id: state for state in states},
        attempts=SimpleNamespace(slots_held=lambda _id, _now: live),
        callers=SimpleNamespace(use=lambda _id: use),
    )
    figures = CampaignFigures(cast("InFlight", in_flight), lambda: NINE)
    return {
        (one.name.removeprefix("dialtrail_"), *one.labels.values()): one.value
        for family in figures.collect()
        for one in family.samples
    }


def test_a_campaign_with_agents_has_how_many_are_free_what_that_lets_be_and_how_old_the_word_is() -> None:
    assert read([running("spring", 5, 10), running("plain")], live=2) == {
        ("agents_free", "spring"): 5,
        ("agents_calls_max", "spring"): 2,
        ("agents_calls_under_way", "spring"): 2,
        ("agents_word_age_seconds", "spring"): 10,
    }


def test_a_word_that_is_too_old_lets_no_call_be_and_one_that_never_came_has_no_age() -> None:
    never = replace(running("never"), plan=replace(running("never").plan, agents=AgentRules()))
    found = read([running("old", 5, 30), never])
    assert found["agents_calls_max", "old"] == 0
    assert found["agents_free", "old"] == 5
    assert found["agents_calls_under_way", "never"] == 0
    assert ("agents_free", "never") not in found


def test_each_number_of_a_pool_has_its_calls_of_today_under_its_place_and_masked() -> None:
    plain = running("spring")
    pooled = replace(plain.plan, pool=CallerPool(numbers=(A, B)))
    gone = RemovedCaller(number=C, cause="breaker", at=NINE)
    state = replace(plain, plan=pooled, had_pool=True, removed_callers=(gone,))
    assert read([state], TODAY) == {
        ("caller_calls_today", "spring", "1", "+15…01"): 0,
        ("caller_calls_today", "spring", "2", "+15…02"): 2,
        ("caller_numbers_removed", "spring"): 1,
    }
    yesterday = replace(TODAY, day=NINE.date() - timedelta(days=1))
    assert read([state], yesterday)["caller_calls_today", "spring", "2", "+15…02"] == 0


def test_only_so_many_campaigns_are_shown_and_only_those_that_run() -> None:
    states = [
        replace(running(f"c{n}", 1), running_since=NINE + timedelta(seconds=n)) for n in range(CAMPAIGNS_SHOWN_MAX + 5)
    ]
    states.append(replace(running("paused", 1), phase="paused"))
    shown = {labels[1] for labels in read(states)}
    assert shown == {f"c{n}" for n in range(5, CAMPAIGNS_SHOWN_MAX + 5)}
