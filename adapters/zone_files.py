"""Which time zone data this process goes by: the newest of the machine's own files and the installed package."""

import re
import zoneinfo
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from msgspec import Struct

UNKNOWN = "unknown"
PACKAGE = "tzdata"
VERSION_FILE, VERSION_LINE_START = "tzdata.zi", "# version "
PLAIN_VERSION_FILE = "+VERSION"
VERSION_CHARACTERS_MAX = 64
_VERSION = re.compile(r"([0-9]{4})([a-z]*)")
Age = tuple[int, int, str]
_AGE_UNKNOWN: Age = (0, 0, "")


class ZoneFiles(Struct, frozen=True):
    """The versions that there are, such as `2026b`; None where there is no such data, `unknown` where it does not say.

    `used` is the one that this process goes by.
    """

    used: str
    machine: str | None
    package: str | None

    @property
    def is_machine_older(self) -> bool:
        """Whether the machine's own files are older than what is used, or do not say how old they are."""
        return self.machine is not None and age_of(self.machine) < age_of(self.used)


@cache
def use_newest_zone_files() -> ZoneFiles:
    """Look once, before a zone is asked for, and let `zoneinfo` read the newest; the machine's own where both are alike.

    The machine's own are those of PYTHONTZPATH, where that is set, else of the places that this Python knows.
    """
    machine = [(_version_in(folder), folder) for folder in _folders(zoneinfo.TZPATH)]
    package = _package_version()
    newest, folder = max(machine, key=lambda one: age_of(one[0]), default=(None, None))
    if folder is not None and (package is None or age_of(newest) >= age_of(package)):
        zoneinfo.reset_tzpath([str(folder)])
    elif package is not None:
        zoneinfo.reset_tzpath([])
    zoneinfo.ZoneInfo.clear_cache()
    return ZoneFiles(used=zones_version(), machine=newest, package=package)


def zones_version() -> str:
    """The version of the data that `zoneinfo` reads as it is set now."""
    first = next((_version_in(folder) for folder in _folders(zoneinfo.TZPATH)), None)
    return first or _package_version() or UNKNOWN


def age_of(version: str | None) -> Age:
    """What orders versions: the year, then the letters; what is none comes first."""
    found = _VERSION.match(version or "")
    return _AGE_UNKNOWN if found is None else (int(found[1]), len(found[2]), found[2])


def zone_data_version(folder: Traversable) -> str | None:
    """The version that a folder of zone files names, such as `2026b`; None if it names none."""
    line = _first_line(folder, VERSION_FILE)
    if line.startswith(VERSION_LINE_START):
        return line.removeprefix(VERSION_LINE_START).strip()
    plain = _first_line(folder, PLAIN_VERSION_FILE).strip()
    return plain if _VERSION.match(plain) else None


def _folders(paths: Sequence[str]) -> Iterator[Path]:
    """Those that hold zone files."""
    yield from (
        folder for folder in map(Path, paths) if (folder / "Etc" / "UTC").is_file() or (folder / "UTC").is_file()
    )


def _version_in(folder: Path) -> str:
    return zone_data_version(folder) or UNKNOWN


def _package_version() -> str | None:
    try:
        return zone_data_version(resources.files(PACKAGE) / "zoneinfo") or UNKNOWN
    except ModuleNotFoundError:
        return None


def _first_line(folder: Traversable, name: str) -> str:
    try:
        with (folder / name).open(encoding="ascii", errors="replace") as file:
            return file.readline(VERSION_CHARACTERS_MAX)
    except OSError:
        return ""
