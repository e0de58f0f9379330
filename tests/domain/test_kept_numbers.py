"""What is remembered of numbers is forgotten together, and whoever remembers more of them says so."""

import sys
from functools import _lru_cache_wrapper

from domain import caller_pool, zones
from domain.identity import pseudonym
from domain.kept_numbers import MEMORIES, forget_numbers
from domain.number_plan import area_prefix, plan_warning, region_of
from domain.person import spellings
from tests.reachable import texts_from

NUMBER, IN_MANY_ZONES, CALLER = "+4915112345678", "+12125550123", "+4930901820"
HOLD_NO_NUMBERS = {
    "adapters.minivoice_webhook._keyed",
    "domain.dialing.clock_rules._next_opening",
    "domain.holiday_dates._calendar",
    "domain.phone_number._is_of_ids",
    "domain.script.text._template_of",
    "domain.zones.zone_info",
    "adapters.minivoice_time.parse_time",
    "projections.read_time_rules._clock_reasons",
    "entrypoints.this_machine.is_loopback",
    "entrypoints.this_machine.is_named_in",
}


def ask() -> list[object]:
    found: list[object] = [spellings(NUMBER), pseudonym(b"k" * 32, NUMBER), plan_warning(NUMBER), area_prefix(NUMBER)]
    return [*found, region_of(NUMBER), zones.zones_of(IN_MANY_ZONES), caller_pool._closeness(CALLER, NUMBER)]


def test_all_is_forgotten_and_found_again() -> None:
    first = ask()
    assert all(memory.cache_info().currsize for memory in MEMORIES)
    assert any(NUMBER in text for text in texts_from(MEMORIES))

    forget_numbers()

    assert not any(memory.cache_info().currsize for memory in MEMORIES)
    assert ask() == first


def test_whatever_else_remembers_a_bounded_number_of_answers_is_known_to_hold_no_numbers() -> None:
    rooms = ("domain.", "adapters.", "projections.", "application.", "entrypoints.")
    others = {
        f"{name}.{one.__name__}"
        for name, module in [*sys.modules.items()]
        if name.startswith(rooms)
        for one in vars(module).values()
        if isinstance(one, _lru_cache_wrapper) and one.__module__ == name
        if one.cache_info().maxsize is not None and one not in MEMORIES
    }
    assert others <= HOLD_NO_NUMBERS
