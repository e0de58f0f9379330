"""Every setting, read once: the only place that looks at the process's environment."""

import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from domain.errors import SettingsError
from domain.phone_number import is_e164

Role = Literal["viewer", "auditor", "operator"]
ROLES: tuple[Role, ...] = ("viewer", "auditor", "operator")
PREFIXES = ("DIALTRAIL_", "MINIVOICE_")
TOKENS_FORM = "write name:role:token, with commas between several; the roles are viewer, auditor and operator"
NUMBERS_FORM = "write numbers like +15551230002, with commas between them"
_HEADER_SAFE = re.compile(r"[!-~]+", re.ASCII)
_PATH_SAFE = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)


class AccessToken(BaseModel):
    """Who may come in: a name for the ledger's `metadata`, what they may do, and the bearer token that shows it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str
    role: Role
    token: SecretStr


def _listed(text: str) -> list[str]:
    return [entry for part in text.split(",") if (entry := part.strip())]


def _tokens(value: object) -> object:
    if not isinstance(value, str):
        return value
    found: list[AccessToken] = []
    for place, entry in enumerate(_listed(value), start=1):
        name, role, token = ([part.strip() for part in entry.split(":", 2)] + ["", ""])[:3]
        known = next((one for one in ROLES if one == role), None)
        if not name or not token:
            raise ValueError(f"entry {place} is not complete")
        if known is None:
            raise ValueError(f"entry {place} has no known role")
        if _HEADER_SAFE.fullmatch(token) is None:
            raise ValueError(f"the token of entry {place} has characters that no HTTP header may carry")
        if any(one.name == name or one.token.get_secret_value() == token for one in found):
            raise ValueError(f"entry {place} repeats the name or the token of another")
        found.append(AccessToken(name=name, role=known, token=SecretStr(token)))
    if not found:
        raise ValueError("names nobody")
    return tuple(found)


def _numbers(value: object) -> object:
    if not isinstance(value, str):
        return value
    numbers = _listed(value)
    for place, number in enumerate(numbers, start=1):
        if not is_e164(number):
            raise ValueError(f"entry {place} is not a phone number in E.164 form")
    if not numbers:
        raise ValueError("names no number")
    return frozenset(numbers)


def _web_address(text: str) -> str:
    parts = urlsplit(text)  # may raise ValueError itself, for a port that is none
    if parts.scheme not in {"http", "https"} or not parts.hostname or (parts.port or 1) < 0:
        raise ValueError("is not an http or https address")
    if parts.username or parts.password or parts.query or parts.fragment or re.search(r"\s", text):
        raise ValueError("has more in it than a host, a port and a path")
    return text.rstrip("/")


def _database(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("does not name a PostgreSQL database")
    return secret


def _header_safe(secret: SecretStr) -> SecretStr:
    if _HEADER_SAFE.fullmatch(secret.get_secret_value()) is None:
        raise ValueError("has spaces or characters that no HTTP header may carry")
    return secret


def _path_safe(secret: SecretStr) -> SecretStr:
    if _PATH_SAFE.fullmatch(secret.get_secret_value()) is None:
        raise ValueError("has characters that a web address would have to escape")
    return secret


WebAddress = Annotated[str, AfterValidator(_web_address)]
HeaderSecret = Annotated[SecretStr, AfterValidator(_header_safe)]


def _setting(variable: str, default: object, form: str, **more: Any) -> Any:
    return Field(default, validation_alias=variable, description=form, **more)


class Settings(BaseSettings):
    """All settings, with their defaults; each field's alias is its variable, its description says what to write."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)

    home: Path = _setting("DIALTRAIL_HOME", Path("dialtrail-data"), "name a folder")
    database_url: Annotated[SecretStr, AfterValidator(_database)] | None = _setting(
        "DIALTRAIL_DATABASE_URL", None, "write postgresql://user:password@host/database"
    )
    host: str = _setting("DIALTRAIL_HOST", "127.0.0.1", "write an address such as 127.0.0.1 or 0.0.0.0")
    port: int = _setting("DIALTRAIL_PORT", 8080, "write a port from 0 (any free one) to 65535", ge=0, le=65_535)
    public_url: WebAddress | None = _setting("DIALTRAIL_PUBLIC_URL", None, "write it like https://calls.example.org")
    tokens: Annotated[tuple[AccessToken, ...], BeforeValidator(_tokens)] = _setting("DIALTRAIL_TOKENS", (), TOKENS_FORM)
    token: HeaderSecret | None = _setting("DIALTRAIL_TOKEN", None, "write the token as DIALTRAIL_TOKENS there has it")
    url: WebAddress | None = _setting("DIALTRAIL_URL", None, "write it like https://calls.example.org")
    answer_token: Annotated[SecretStr, AfterValidator(_path_safe)] | None = _setting(
        "DIALTRAIL_ANSWER_TOKEN", None, "write letters, digits, '-', '.', '_' and '~' only"
    )
    only_numbers: Annotated[frozenset[str] | None, BeforeValidator(_numbers)] = _setting(
        "DIALTRAIL_ONLY_NUMBERS", None, NUMBERS_FORM
    )
    reconcile_after_seconds: float = _setting(
        "DIALTRAIL_RECONCILE_AFTER_SECONDS", 300.0, "write seconds above 0, such as 300", gt=0, allow_inf_nan=False
    )
    minivoice_api_key: HeaderSecret | None = _setting("MINIVOICE_API_KEY", None, "write the key as MiniVoice gave it")
    minivoice_base_url: WebAddress = _setting(
        "MINIVOICE_BASE_URL", "https://api.minivoice.eu", "write it like https://api.minivoice.eu"
    )
    minivoice_timeout_seconds: float = _setting(
        "MINIVOICE_TIMEOUT_SECONDS", 10.0, "write seconds above 0 and up to 600, such as 10", gt=0, le=600
    )
    webhook_secret: SecretStr | None = _setting(
        "MINIVOICE_WEBHOOK_SECRET", None, "write the secret MiniVoice signs with"
    )
    webhook_secret_previous: SecretStr | None = _setting(
        "MINIVOICE_WEBHOOK_SECRET_PREVIOUS", None, "write the secret that MINIVOICE_WEBHOOK_SECRET has replaced"
    )
    webhook_tolerance_seconds: float = _setting(
        "MINIVOICE_WEBHOOK_TOLERANCE_SECONDS", 0.0, "write seconds, or 0 for any age", ge=0, allow_inf_nan=False
    )
    warnings: tuple[str, ...] = ()

    @classmethod
    def settings_customise_sources(  # `load_settings` says which environment; the library would read the process's own
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def listens_to_this_machine_only(self) -> bool:
        """Whether `host` can be reached from this machine alone."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    def require_api_key(self) -> SecretStr:
        """The API key. Raises `SettingsError` where there is none."""
        if self.minivoice_api_key is None:
            raise SettingsError("MINIVOICE_API_KEY: is not set; set it to your MiniVoice key, or try: dialtrail demo")
        return self.minivoice_api_key

    def check_can_serve(self) -> None:
        """Raises `SettingsError` where others could reach the server, but nothing would tell them apart."""
        if self.listens_to_this_machine_only:
            return
        where = f"DIALTRAIL_HOST={self.host} lets others reach this server"
        if not self.tokens:
            raise SettingsError(f"DIALTRAIL_TOKENS: is not set, but {where}; {TOKENS_FORM}")
        if self.webhook_secret is None:
            raise SettingsError(
                f"MINIVOICE_WEBHOOK_SECRET: is not set, but {where}; set the secret that MiniVoice signs webhooks with"
            )


_FIELDS = {str(field.validation_alias): name for name, field in Settings.model_fields.items() if name != "warnings"}
VARIABLES: tuple[str, ...] = tuple(_FIELDS)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (the process's own where None). Raises `SettingsError`, never with a value in it."""
    environ = os.environ if environ is None else environ  # noqa: TID251 - the one place that reads it
    given: dict[str, Any] = {name: value for name in VARIABLES if (value := _value_of(name, environ))}
    previous = "MINIVOICE_WEBHOOK_SECRET_PREVIOUS"
    if previous in given and "MINIVOICE_WEBHOOK_SECRET" not in given:
        raise SettingsError(f"{previous}: is set without MINIVOICE_WEBHOOK_SECRET; set that to the present secret")
    try:
        return Settings(**given, warnings=_unknown(environ))
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _value_of(variable: str, environ: Mapping[str, str]) -> str:
    value = environ.get(variable, "")
    return value if variable.startswith("MINIVOICE_WEBHOOK_SECRET") and value.strip() else value.strip()


def child_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The process's environment for a child, with our own variables exactly as `ours` says."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}  # noqa: TID251
    return inherited | dict(ours)


def _explain(error: ValidationError) -> str:
    said: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        variable = str(problem["loc"][0])
        own = problem["type"] == "value_error"
        fault = problem["msg"].removeprefix("Value error, ") if own else "cannot be used"
        said.setdefault(variable, f"{fault}; {Settings.model_fields[_FIELDS[variable]].description}")
    return ". ".join(f"{variable}: {text}" for variable, text in said.items())


def _unknown(environ: Mapping[str, str]) -> tuple[str, ...]:
    warnings = []
    for name in sorted(environ):
        if name.startswith(PREFIXES) and name not in _FIELDS:
            near = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.8)
            warnings.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))
    return tuple(warnings)
