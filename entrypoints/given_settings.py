"""What the environment and the settings file say, as it is written: whoever only has to find the server needs no more."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec import Struct

from domain.errors import SettingsError
from entrypoints.settings_file import SETTINGS_FILE, SettingsFile, read_settings_file

ENVIRONMENT = "environment"
HOME_DEFAULT = Path("dialtrail-data")


class GivenSettings(Struct, frozen=True):
    """Texts by variable, those that are set, and where each stands; of an environment and a file. The texts may be wrong."""

    values: Mapping[str, str]
    sources: Mapping[str, str]
    environ: Mapping[str, str]
    written: SettingsFile

    def __repr__(self) -> str:
        return f"GivenSettings({sorted(self.values)})"


def given_settings(
    variables: Collection[str],
    secrets: frozenset[str],
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> GivenSettings:
    """These variables from `environ`, and below it from `file`. Raises `SettingsError`, never with a value in it.

    Where `environ` is None they come from the process's environment and the current folder's `dialtrail.env`. What the
    environment sets wins, also where it sets nothing: an empty variable is unset, whatever the file says.
    """
    if environ is None:
        environ, file = os.environ, file or SETTINGS_FILE  # noqa: TID251 - the one place that reads it
    written = SettingsFile(Path(), {}) if file is None else read_settings_file(file, secrets)
    values: dict[str, str] = {}
    sources: dict[str, str] = {}
    for name in variables:
        own = environ.get(name)
        value = _trimmed(name, own if own is not None else written.values[name].value if name in written.values else "")
        if value:
            values[name] = value
            sources[name] = ENVIRONMENT if own is not None else written.place(name)
    _check_one_source(sources)
    return GivenSettings(values, sources, environ, written)


def _check_one_source(sources: Mapping[str, str]) -> None:
    """A file that lies in the folder must not say where to send a token that it does not know, nor the other way round."""
    address, token = sources.get("DIALTRAIL_URL"), sources.get("DIALTRAIL_TOKEN")
    if address is not None and token is not None and (address == ENVIRONMENT) != (token == ENVIRONMENT):
        raise SettingsError(
            f"DIALTRAIL_URL: comes from {address}, but DIALTRAIL_TOKEN from {token}: the token could go to a server that it "
            "is not for; set both in one place, or set the one that is not meant to nothing in the environment"
        )


def _trimmed(variable: str, value: str) -> str:
    return value if variable.startswith("MINIVOICE_WEBHOOK_SECRET") and value.strip() else value.strip()
