"""The commands' options, made from the fields of SandboxSettings, so that neither can lack what the other has."""

import inspect
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from entrypoints.sandbox.problems import flag_of
from entrypoints.sandbox.settings import SandboxSettings, extras
from entrypoints.sandbox.span import Span

FILTERS = {"drop_events", "fetch_only"}
"""Settings that let everything pass when they name nothing."""


def start_options() -> list[inspect.Parameter]:
    """Every setting, with its default."""
    return [_parameter(name, flag_of(name), _kind(f), _default(f)) for name, f in SandboxSettings.model_fields.items()]


def change_options() -> list[inspect.Parameter]:
    """Every setting that can change while it runs; one that is not given stays as it is, and is None."""
    return [
        _parameter(name, _flags_both_ways(name), _kind(field) | None, None)
        for name, field in SandboxSettings.model_fields.items()
        if not extras(name)["fixed"]
    ]


def written(name: str, value: object) -> str:
    """A setting, as JSON has it, in the words of the command line: `--drop-rate 0.2`."""
    if isinstance(value, bool):
        return flag_of(name) if value else extras(name)["off"]
    if isinstance(value, list):
        return f"{flag_of(name)} {','.join(value) or ('all' if name in FILTERS else 'none')}"
    return f"{flag_of(name)} {'none' if value is None else value}"


def _parameter(name: str, flags: str, kind: Any, default: object) -> inspect.Parameter:
    help_text, metavar = SandboxSettings.model_fields[name].description, None
    if words := _words(kind):
        # In their place the words of a choice would leave no room for the names of options on 80 columns.
        help_text, metavar = f"{help_text} One of: {', '.join(words)}.", "WORD"
    option = typer.Option(flags, help=help_text, metavar=metavar, rich_help_panel=extras(name)["panel"])
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


def _words(kind: Any) -> tuple[str, ...]:
    """Those of a choice, also of one that may be left out."""
    one = next((part for part in get_args(kind) if get_origin(part) is Literal), kind)
    return get_args(one) if get_origin(one) is Literal else ()


def _flags_both_ways(name: str) -> str:
    off = extras(name)["off"]
    return f"{flag_of(name)}/{off}" if off else flag_of(name)


def _default(field: FieldInfo) -> object:
    if isinstance(field.default, Decimal | Span):
        return str(field.default)
    return list(field.default) if isinstance(field.default, tuple) else field.default


def _kind(field: FieldInfo) -> Any:
    """The type that the command line reads; the settings model judges the value."""
    default, annotation = field.default, field.annotation
    if isinstance(default, tuple) and not isinstance(default, Span):
        return list[str]
    if get_origin(annotation) is Literal:
        return annotation
    if isinstance(default, bool | int | float):
        return type(default)
    return Path | None if annotation == Path | None else str if default is not None else str | None
