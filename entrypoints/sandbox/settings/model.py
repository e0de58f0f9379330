"""All settings of a sandbox, and those that are in force."""

from typing import Any, Self

from pydantic import ConfigDict

from entrypoints.sandbox.settings.scripts import ScriptSettings


class SandboxSettings(ScriptSettings):
    """Settings of one sandbox; a wrong or unknown one is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)

    def changed(self, changes: dict[str, object]) -> Self:
        """These settings with `changes` validated; pydantic's ValidationError names every wrong or unknown field."""
        return self.model_validate({**dict(self), **changes})


class Live:
    """The settings in force now; a running sandbox swaps them whole."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings


def extras(name: str) -> dict[str, Any]:
    """The `panel`, `flag` and `fixed` of a setting."""
    found = SandboxSettings.model_fields[name].json_schema_extra
    return found if isinstance(found, dict) else {}
