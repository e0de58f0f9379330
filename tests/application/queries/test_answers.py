"""The answers describe themselves: an OpenAPI document can be made from them."""

import importlib
import pkgutil
from collections.abc import Iterator
from inspect import getmembers, isfunction
from types import ModuleType
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from application import queries

NOT_SENT = frozenset({"CallRead", "RecipientRead", "PersonRead", "Moment", "Recorded"})
"""What a query is asked by, or goes on from."""


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(queries.__path__):
        yield importlib.import_module(f"{queries.__name__}.{found.name}")


def answers() -> dict[str, type[msgspec.Struct]]:
    """The structs that the public functions of the queries return, by their names."""
    found: dict[str, type[msgspec.Struct]] = {}
    for module in modules():
        for name, function in getmembers(module, isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            returned: Any = get_type_hints(function)["return"]
            for kind in get_args(returned) or (returned,):
                if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in NOT_SENT:
                    found[kind.__name__] = kind
    return found


@pytest.mark.parametrize("name", sorted(answers()))
def test_an_answer_has_a_schema_in_which_every_struct_says_what_it_is(name: str) -> None:
    _, components = msgspec.json.schema_components([answers()[name]])
    assert name in components
    for title, schema in components.items():
        assert schema["type"] in {"object", "array"}
        assert schema.get("description"), f"{title} has no docstring"


def test_every_subject_has_answers() -> None:
    assert {"CallShown", "RecipientShown", "CampaignShown", "AccountShown", "IntegrityShown"} <= answers().keys()
