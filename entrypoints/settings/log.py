"""The verifiable log: what it is called, how often it is signed, and where that goes."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from adapters.targets import TargetRefused, read_target
from adapters.verifiable_log.checkpoint import check_origin
from adapters.verifiable_log.note import COSIGNATURE, NAME_CHARS_MAX, VerifierKey
from domain.errors import InvalidInput
from entrypoints.settings.wire import setting

PLACES_MAX = 8
WITNESSES_MAX = 16
"""As many as the client asks, which is not imported for each command's settings."""
PLACES_FORM = "paths of files or directories, with commas between them"
WITNESSES_FORM = "entries like https://witness.example.org witness.example.org+ID+KEY, with commas between them"
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


class WitnessSetting(BaseModel):
    """A witness: where it is asked, and the key that it cosigns with."""

    model_config = ConfigDict(frozen=True)

    url: str
    vkey: str


def _witnesses(value: object) -> object:
    if not isinstance(value, str):
        return value
    found: list[WitnessSetting] = []
    for place, entry in enumerate([one for part in value.split(",") if (one := part.strip())], start=1):
        url, _, vkey = entry.partition(" ")
        try:
            read_target(url)
            key = VerifierKey.parse(vkey)
        except (InvalidInput, TargetRefused):
            raise ValueError(f"entry {place} is not an address and a verifier key") from None
        if key.kind != COSIGNATURE:
            raise ValueError(f"the key of entry {place} is no witness's: `dialtrail witness --new-key` shows it")
        found.append(WitnessSetting(url=url, vkey=key.text))
    if not found:
        raise ValueError("names nobody")
    if len(found) > WITNESSES_MAX:
        raise ValueError(f"names more than {WITNESSES_MAX}")
    return tuple(found)


LogOrigin = Annotated[str, AfterValidator(_origin)]
LogPlaces = Annotated[tuple[Path, ...], BeforeValidator(_places)]
LogWitnesses = Annotated[tuple[WitnessSetting, ...], BeforeValidator(_witnesses)]


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
    log_witnesses: LogWitnesses = setting(
        "DIALTRAIL_LOG_WITNESSES",
        (),
        "who is asked to cosign each checkpoint, as URL and verifier key with a space between, comma-separated",
        WITNESSES_FORM,
    )
