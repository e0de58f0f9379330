"""The installation's inbound script: a file that the setting names, read and checked before anything is served."""

from pathlib import Path

import orjson

from adapters.documents.inbound_script import inbound_in, read_inbound
from adapters.documents.written import json_in_either
from domain.errors import InvalidInput, SettingsError
from domain.script import Script

VARIABLE = "DIALTRAIL_INBOUND_SCRIPT"
FILE_BYTES_MAX = 1024 * 1024


def installation_script(path: Path | None) -> Script | None:
    """The script in this file; None without one. Raises `SettingsError` naming the file and its first fault."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise SettingsError(f"{VARIABLE}: {path} cannot be read: {error.strerror}; write a script there") from error
    if len(content) > FILE_BYTES_MAX:
        raise SettingsError(f"{VARIABLE}: {path} is larger than {FILE_BYTES_MAX} bytes; write a script there")
    try:
        script, faults = read_inbound(inbound_in(orjson.loads(json_in_either(str(path), content))))
    except InvalidInput as error:
        script, faults = None, [error]
    if faults:
        raise SettingsError(
            f"{VARIABLE}: {path}: {faults[0].field}: {faults[0].message} (dialtrail script check FILE --inbound names all)"
        )
    return script
