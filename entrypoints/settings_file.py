"""The settings file `dialtrail.env`: NAME=value lines in the folder where a command is given, below the environment."""

import stat
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream
from msgspec import Struct

from domain.errors import SettingsError

SETTINGS_FILE = Path("dialtrail.env")
FILE_BYTES_MAX = 256 * 1024
FORM = "write NAME=value, or put a # before it"


class FileSetting(Struct, frozen=True):
    """One value of the file, and the line where it stands."""

    line: int
    value: str

    def __repr__(self) -> str:
        return f"FileSetting(line={self.line})"


class SettingsFile(Struct, frozen=True):
    """What the file says; nothing if there is none."""

    path: Path
    values: Mapping[str, FileSetting]
    warnings: Sequence[str] = ()

    def place(self, variable: str) -> str:
        """Where a variable stands, as errors and `doctor` say it."""
        return f"{self.path}, line {self.values[variable].line}"


def read_settings_file(path: Path, secrets: frozenset[str]) -> SettingsFile:
    """The file's values; none where there is no such file. `secrets` are the variables that others must not read.

    Values are taken as they stand, without `$` substitution. Raises `SettingsError` naming the file, and the line where
    there is one.
    """
    content = _content(path)
    if content is None:
        return SettingsFile(path, {})
    values: dict[str, FileSetting] = {}
    warnings: list[str] = []
    for binding in parse_stream(StringIO(_text(path, content))):
        line = _line_of(binding)
        if binding.error or (binding.key is not None and binding.value is None):
            raise SettingsError(f"{path}, line {line}: is not a setting; {FORM}")
        if binding.key is None or binding.value is None:
            continue
        if binding.key in values:
            warnings.append(f"{path}, line {line}: {binding.key} stands in line {values[binding.key].line}, too")
        values[binding.key] = FileSetting(line, binding.value)
    warnings += _warnings_of_rights(path, sorted(name for name in secrets & values.keys() if values[name].value))
    return SettingsFile(path, values, tuple(warnings))


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); mend its rights, or move it away") from error
    if len(content) > FILE_BYTES_MAX:
        raise SettingsError(f"{path}: is larger than {FILE_BYTES_MAX} bytes; it should hold settings only")
    return content


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}, line {line}: is not UTF-8; save the file as UTF-8") from None


def _line_of(binding: Binding) -> int:
    """The parser counts the blank lines before a setting to it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _warnings_of_rights(path: Path, secret: Sequence[str]) -> list[str]:
    mode = path.stat().st_mode
    if mode & stat.S_IWOTH:
        raise SettingsError(f"{path}: everybody on this machine may write it; run: chmod 600 {path}")
    if mode & stat.S_IROTH and secret:
        return [f"{path}: everybody on this machine may read {', '.join(secret)} in it; run: chmod 600 {path}"]
    return []
