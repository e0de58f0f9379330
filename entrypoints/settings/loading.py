"""Settings from the environment and the settings file, read and checked."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from domain.errors import SettingsError
from entrypoints.given_settings import ENVIRONMENT, given_settings
from entrypoints.settings.alerts import check_mail_is_whole
from entrypoints.settings.model import FIELDS, SECRETS, VARIABLES, Settings, form_of
from entrypoints.settings.values import AccessToken
from entrypoints.settings_file import SettingsFile

NO_SETTING = "is not a setting"
PREFIXES = ("DIALTRAIL_", "MINIVOICE_")


def load_settings(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Settings from `environ`, and below it from `file`. Raises `SettingsError`, never with a value in it.

    Where `environ` is None they come from the process's environment and the current folder's `dialtrail.env`. What the
    environment sets wins, also where it sets nothing: an empty variable is unset, whatever the file says.
    """
    given = given_settings(VARIABLES, SECRETS, environ, file)
    previous = "MINIVOICE_WEBHOOK_SECRET_PREVIOUS"
    if previous in given.values and "MINIVOICE_WEBHOOK_SECRET" not in given.values:
        raise SettingsError(f"{previous}: is set without MINIVOICE_WEBHOOK_SECRET; set that to the present secret")
    values: dict[str, Any] = dict(given.values)  # the model reads the texts
    try:
        settings = Settings(**values, warnings=_unknown(given.environ, given.written), sources=given.sources)
    except ValidationError as error:
        raise SettingsError(_explain(error, given.sources)) from None
    check_mail_is_whole(settings)
    return settings


def child_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The process's environment for a child, with our own variables exactly as `ours` says.

    The others are set to nothing, so that a settings file in the child's folder does not set them either.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}  # noqa: TID251
    return inherited | dict.fromkeys(VARIABLES, "") | dict(ours)


def _explain(error: ValidationError, sources: Mapping[str, str]) -> str:
    said: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        variable = str(problem["loc"][0])
        own = problem["type"] == "value_error"
        fault = problem["msg"].removeprefix("Value error, ") if own else "cannot be used"
        source = sources.get(variable, ENVIRONMENT)
        place = "" if source == ENVIRONMENT else f" (it stands in {source})"
        said.setdefault(variable, f"{fault}; {form_of(variable)}{place}")
    return ". ".join(f"{variable}: {text}" for variable, text in said.items())


def described(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Each variable, its value as it may be shown, where it comes from, and what it means. A secret shows `set` or nothing."""
    return [
        (variable, _shown(variable, getattr(settings, name)), settings.sources.get(variable, "default"), means)
        for variable, name in FIELDS.items()
        if (means := str(Settings.model_fields[name].description))
    ]


def _shown(variable: str, value: Any) -> str:
    if not value and not isinstance(value, int | float):
        return ""
    match value:
        case frozenset():
            return f"{len(value)} number" + ("" if len(value) == 1 else "s")
        case (AccessToken(), *_):
            return "set: " + ", ".join(f"{one.name} ({one.role})" for one in value)
        case tuple():
            return ",".join(str(one) for one in value)
        case float():
            return f"{value:g}"
        case _:
            return "set" if variable in SECRETS else str(value)


def _unknown(environ: Mapping[str, str], written: SettingsFile) -> tuple[str, ...]:
    places = {name: "" for name in sorted(environ) if name.startswith(PREFIXES)}
    places |= {name: f"{written.place(name)}: " for name in written.values}
    warnings = list(written.warnings)
    for name, place in places.items():
        if name not in FIELDS:
            near = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.8)
            warnings.append(f"{place}{name} {NO_SETTING}" + (f"; did you mean {near[0]}?" if near else ""))
    return tuple(warnings)
