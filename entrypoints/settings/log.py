"""The verifiable log: what it is called, how often it is signed, and where that goes."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator

from adapters.verifiable_log.checkpoint import check_origin
from adapters.verifiable_log.note import NAME_CHARS_MAX
from domain.errors import InvalidInput
from entrypoints.settings.wire import setting

PLACES_MAX = 8
PLACES_FORM = "paths of files or directories, with commas between them"
ORIGIN_FORM = f"a name of at most {NAME_CHARS_MAX} characters without spaces and +, such as example.org/calls"


def _origin(text: str) -> str:
    try:
        check_origin(text)
    except InvalidInput as error:
        raise ValueError(error.message) from None
    if len(text) > NAME_CHARS_MAX or "+" in text or any(one.isspace() for one in text):
        raise ValueError("is not a name that a key can have")
    return text


def _places(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = tuple(Path(entry) for part in value.split(",") if (entry := part.strip()))
    if not found:
        raise ValueError("names no place")
    if len(found) > PLACES_MAX:
        raise ValueError(f"names more than {PLACES_MAX} places")
    return found


LogOrigin = Annotated[str, AfterValidator(_origin)]
LogPlaces = Annotated[tuple[Path, ...], BeforeValidator(_places)]


class LogSettings(BaseModel):
    """The verifiable log; part of `Settings`."""

    log_origin: LogOrigin | None = setting(
        "DIALTRAIL_LOG_ORIGIN",
        None,
        "the name of the log that proves what was stored; without it `dialtrail/` and the check value of the ledger's key. Another name begins a new log",
        ORIGIN_FORM,
    )
    log_checkpoint_seconds: float = setting(
        "DIALTRAIL_LOG_CHECKPOINT_SECONDS",
        60.0,
        "how often the log is signed, where something is new",
        "seconds from 1 to 86400, such as 60",
        ge=1,
        le=86_400,
        allow_inf_nan=False,
    )
    log_checkpoint_files: LogPlaces = setting(
        "DIALTRAIL_LOG_CHECKPOINT_FILES",
        (),
        "where else the signed checkpoint goes, comma-separated; best where who can alter the ledger cannot write",
        PLACES_FORM,
    )
