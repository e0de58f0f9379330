"""The versions of the data that this installation's rules look things up in."""

import zoneinfo
from functools import cache
from importlib import resources
from importlib.metadata import version
from importlib.resources.abc import Traversable
from pathlib import Path

from domain.dialing import RuleData

UNKNOWN = "unknown"
VERSION_FILE = "tzdata.zi"
VERSION_LINE_START = "# version "
VERSION_LINE_CHARACTERS_MAX = 64


@cache
def installed_rule_data() -> RuleData:
    """What verdicts of this process are made by."""
    return RuleData(zones=_zones(), holidays=version("holidays"), numbers=version("phonenumbers"))


def _zones() -> str:
    """Of the machine's own zone files, where they say it, because they go before the installed package; else of the package."""
    folders: list[Traversable] = [*map(Path, zoneinfo.TZPATH), resources.files("tzdata") / "zoneinfo"]
    return next((found for folder in folders if (found := zone_data_version(folder)) is not None), UNKNOWN)


def zone_data_version(folder: Traversable) -> str | None:
    """The version that a folder of zone files names, such as `2026b`; None if it names none."""
    try:
        with (folder / VERSION_FILE).open(encoding="ascii", errors="replace") as file:
            line = file.readline(VERSION_LINE_CHARACTERS_MAX)
    except OSError:
        return None
    return line.removeprefix(VERSION_LINE_START).strip() if line.startswith(VERSION_LINE_START) else None
