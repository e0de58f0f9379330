"""Settings that cannot be used, said in one line that names each of them and what to write instead."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from entrypoints.sandbox.settings import SandboxSettings, extras

if TYPE_CHECKING:
    from entrypoints.sandbox.world import World


class SandboxSettingsError(Exception):
    """Its text names every wrong setting."""


def checked_settings(values: dict[str, object], *, as_options: bool = False) -> SandboxSettings:
    """Settings from `values`; raises SandboxSettingsError, naming fields, or the command's options."""
    try:
        return SandboxSettings.model_validate(values)
    except ValidationError as error:
        raise SandboxSettingsError(explain(error, as_options=as_options)) from None


def checked_update(world: "World", changes: dict[str, object]) -> None:
    """Change a running sandbox; raises SandboxSettingsError and changes nothing when one of `changes` is wrong."""
    known = SandboxSettings.model_fields
    fixed = sorted(name for name in changes if name in known and extras(name)["fixed"])
    if fixed:
        raise SandboxSettingsError(f"{', '.join(fixed)}: fixed at the start; restart the sandbox to change it")
    try:
        world.update(changes)
    except ValidationError as error:
        raise SandboxSettingsError(explain(error)) from None


def explain(error: ValidationError, *, as_options: bool = False) -> str:
    lines: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else "settings"
        lines.setdefault(flag_of(name) if as_options else name, _said(name, problem["type"], problem["msg"]))
    return "; ".join(f"{name}: {text}" for name, text in lines.items())


def flag_of(name: str) -> str:
    """The option of a setting, `--answer-rate` for `answer_rate`."""
    return extras(name).get("flag") or f"--{name.replace('_', '-')}"


def _said(name: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown setting"
    if kind == "string_pattern_mismatch":
        return f"not of the right form. {SandboxSettings.model_fields[name].description}"
    return message.removeprefix("Value error, ")
