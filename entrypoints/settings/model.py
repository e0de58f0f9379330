"""Every setting: its variable, its default, what it means, and what to write."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from pydantic import ConfigDict, SecretStr

from adapters.log_words import LogForm
from adapters.sending_marks import MARKS_IN_MEMORY
from domain.errors import SettingsError
from domain.pacing import AccountLimits
from entrypoints import this_machine
from entrypoints.given_settings import HOME_DEFAULT
from entrypoints.public_path import PublicPath
from entrypoints.settings.alerts import AlertSettings
from entrypoints.settings.log import LogSettings
from entrypoints.settings.minivoice import MiniVoiceSettings
from entrypoints.settings.sealing import SealingSettings
from entrypoints.settings.targets import TargetSettings
from entrypoints.settings.values import (
    NETWORKS_FORM,
    NUMBERS_FORM,
    TOKENS_FORM,
    DatabaseSecret,
    HeaderSecret,
    Networks,
    Numbers,
    PathSecret,
    Tokens,
    WebAddress,
)
from entrypoints.settings.wire import WireSettings, setting


class Settings(LogSettings, SealingSettings, TargetSettings, AlertSettings, MiniVoiceSettings, WireSettings):
    """All settings, with their defaults; each field's alias is its variable, its description says what it means.

    `plays_sandbox` is no variable: `dialtrail up --sandbox` says that MiniVoice's part is played beside it.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True, validate_default=True
    )

    public_url: WebAddress | None = setting(
        "DIALTRAIL_PUBLIC_URL",
        None,
        "where MiniVoice reaches this server from outside, with the path below which it stands there, if any; webhooks come "
        "to /webhooks/minivoice there. Needs what another DIALTRAIL_HOST needs",
        "it like https://calls.example.org",
    )
    home: Path = setting("DIALTRAIL_HOME", HOME_DEFAULT, "the data folder, with ledger.db", "a folder")
    marks_folder: Path = setting(
        "DIALTRAIL_MARKS_FOLDER",
        MARKS_IN_MEMORY,
        "a folder in memory that outlives the process: which requests may be on the wire is kept there",
        "a folder in memory (tmpfs) that you may write",
    )
    database_url: DatabaseSecret | None = setting(
        "DIALTRAIL_DATABASE_URL",
        None,
        "the ledger in PostgreSQL instead of the folder; needs the extra dialtrail[postgres]",
        "postgresql://user:password@host/database",
    )
    host: str = setting(
        "DIALTRAIL_HOST",
        "127.0.0.1",
        "the address to listen on; any other than loopback needs tokens, a webhook secret and an answer token",
        "an address such as 127.0.0.1 or 0.0.0.0",
    )
    port: int = setting(
        "DIALTRAIL_PORT",
        8080,
        "the port to listen on; 0 takes a free one",
        "a port from 0 (any free one) to 65535",
        ge=0,
        le=65_535,
    )
    sandbox_port: int = setting(
        "DIALTRAIL_SANDBOX_PORT",
        8099,
        "the port on 127.0.0.1 of the sandbox that `dialtrail up --sandbox` starts",
        "a port from 1 to 65535, such as 8099",
        ge=1,
        le=65_535,
    )
    tokens: Tokens = setting(
        "DIALTRAIL_TOKENS",
        (),
        "who may use the API, as name:role:token, comma-separated; roles viewer, auditor, operator",
        TOKENS_FORM.removeprefix("write "),
    )
    trusted_proxies: Networks = setting(
        "DIALTRAIL_TRUSTED_PROXIES",
        (),
        "addresses or networks of your own proxies, comma-separated; they are believed whose request they hand on",
        NETWORKS_FORM.removeprefix("write "),
    )
    url: WebAddress | None = setting(
        "DIALTRAIL_URL", None, "for the command line: a server elsewhere", "it like https://calls.example.org"
    )
    token: HeaderSecret | None = setting(
        "DIALTRAIL_TOKEN",
        None,
        "for the command line: the token for the server at DIALTRAIL_URL",
        "the token as DIALTRAIL_TOKENS there has it",
    )
    answer_token: PathSecret | None = setting(
        "DIALTRAIL_ANSWER_TOKEN", None, "the token in the answer URL", "letters, digits, '-', '.', '_' and '~' only"
    )
    digits_wait_seconds: float = setting(
        "DIALTRAIL_DIGITS_WAIT_SECONDS",
        1.5,
        "how long a branch on digits waits for their webhook before it takes its fallback",
        "seconds from 0 to 10, such as 1.5",
        ge=0,
        le=10,
    )
    inbound_script: Path | None = setting(
        "DIALTRAIL_INBOUND_SCRIPT",
        None,
        "a file with the script that who rings back hears where the campaign that called them has none of its own",
        "a file, such as inbound.toml",
    )
    only_numbers: Numbers = setting(
        "DIALTRAIL_ONLY_NUMBERS",
        None,
        "comma-separated; nobody else is dialled (test installations)",
        NUMBERS_FORM.removeprefix("write "),
    )
    reconcile_after_seconds: float = setting(
        "DIALTRAIL_RECONCILE_AFTER_SECONDS",
        300.0,
        "after how long of silence a call without an end is asked for",
        "seconds above 0, such as 300",
        gt=0,
        allow_inf_nan=False,
    )
    account_calls_per_second: float | None = setting(
        "DIALTRAIL_ACCOUNT_CALLS_PER_SECOND",
        None,
        "calls a second that the key allows, all campaigns together; without it Dialtrail finds it out",
        "calls a second above 0, such as 30",
        gt=0,
        le=10_000,
        allow_inf_nan=False,
    )
    account_calls_at_once: int | None = setting(
        "DIALTRAIL_ACCOUNT_CALLS_AT_ONCE",
        None,
        "calls at once that the key allows, all campaigns together; without it Dialtrail finds it out",
        "a whole number of calls from 1, such as 100",
        ge=1,
        le=1_000_000,
    )
    log_form: LogForm = setting(
        "DIALTRAIL_LOG_FORM",
        "auto",
        "how the log is written: json, words for people, or auto: words on a terminal, json elsewhere",
        "auto, json or words",
    )
    api_requests_per_second: float = setting(
        "DIALTRAIL_API_REQUESTS_PER_SECOND",
        200.0,
        "how many requests a second each token may make of the API, five seconds' worth at once; 0: as many as it likes",
        "requests a second, such as 200, or 0 for no limit",
        ge=0,
        le=1_000_000,
    )
    wal_bytes_max: int = setting(
        "DIALTRAIL_WAL_BYTES_MAX",
        67_108_864,
        "how large the WAL of ledger.db and of views.db may be, each, before that is told of; it is cut back to this size",
        "a whole number of bytes from 1048576, such as 67108864",
        ge=1_048_576,
        le=1_099_511_627_776,
    )
    warnings: tuple[str, ...] = ()
    sources: Mapping[str, str] = {}
    plays_sandbox: bool = False

    @property
    def listens_to_this_machine_only(self) -> bool:
        """Whether `host` can be reached from this machine alone."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def ledger_url(self) -> str | None:
        """The database that the ledger is in, with its password; None where it is in the data folder."""
        return None if self.database_url is None else self.database_url.get_secret_value()

    @property
    def account_limits(self) -> AccountLimits:
        """What the key allows, as far as the operator said."""
        return AccountLimits(calls_per_second=self.account_calls_per_second, calls_at_once=self.account_calls_at_once)

    def require_api_key(self) -> SecretStr:
        """The API key. Raises `SettingsError` if there is none."""
        if self.minivoice_api_key is None:
            raise SettingsError(
                "MINIVOICE_API_KEY: is not set; write your MiniVoice key into dialtrail.env (dialtrail init makes one), "
                "or try without: dialtrail up --sandbox"
            )
        return self.minivoice_api_key

    @property
    def lets_others_in(self) -> str | None:
        """The setting by which others than this machine reach the server, as `NAME=value`; None where none does."""
        if not self.listens_to_this_machine_only:
            return f"DIALTRAIL_HOST={self.host}"
        if self.public_url is not None and not this_machine.is_named_in(self.public_url):
            return f"DIALTRAIL_PUBLIC_URL={self.public_url}"
        return None

    def check_can_serve(self) -> None:
        """Raises `SettingsError` for a public address that cannot work, and with all that is missing where others reach the server."""
        if faults := self.serving_faults:
            raise SettingsError(". ".join(faults))

    @property
    def serving_faults(self) -> list[str]:
        """Why no server starts with these, a sentence for each variable."""
        return [*self._path_faults(), *self._open_faults()]

    def _path_faults(self) -> list[str]:
        public = PublicPath.within(self.public_url)
        fault = public.fault()
        if fault is None:
            return []
        told = f"{self.public_url} has the path {public.path}, {fault}"
        root = str(self.public_url).removesuffix(public.path)
        return [f"DIALTRAIL_PUBLIC_URL: {told}; take another, such as {root}/dialtrail"]

    def _open_faults(self) -> list[str]:
        """What is missing where others reach the server, but nothing tells them apart."""
        if self.lets_others_in is None:
            return []
        lets_in = f"{self.lets_others_in} lets others reach this server"
        missing = [variable for variable in NEEDED_FOR_OTHERS if not getattr(self, FIELDS[variable])]
        faults = [f"{variable}: is not set, but {lets_in}; {form_of(variable)}" for variable in missing]
        return faults + [f"{short}, but {lets_in}; {LONGER}" for short in self.short_tokens]

    @property
    def short_tokens(self) -> list[str]:
        """Each token that somebody could guess, as in `NAME: which is shorter than …`."""
        tokens = [(f"DIALTRAIL_TOKENS: the token of {one.name}", one.token) for one in self.tokens]
        if self.answer_token is not None:
            tokens.append(("DIALTRAIL_ANSWER_TOKEN:", self.answer_token))
        reason = f"is shorter than {TOKEN_CHARS_MIN} characters"
        return [f"{what} {reason}" for what, token in tokens if len(token.get_secret_value()) < TOKEN_CHARS_MIN]


_NOT_VARIABLES = ("warnings", "sources", "plays_sandbox")
# What an operator looks for first comes first; the bounds of connections, which few ever change, come last.
FIELDS = {
    str(Settings.model_fields[name].validation_alias): name
    for name in sorted(Settings.model_fields, key=lambda name: name in WireSettings.model_fields)
    if name not in _NOT_VARIABLES
}
VARIABLES: tuple[str, ...] = tuple(FIELDS)
TOKEN_CHARS_MIN = 16
UP_SANDBOX = "up --sandbox"
LONGER = "write one that nobody guesses, such as `openssl rand -hex 16` makes"
NEEDED_FOR_OTHERS = ("DIALTRAIL_TOKENS", "MINIVOICE_WEBHOOK_SECRET", "DIALTRAIL_ANSWER_TOKEN")
SECRETS = frozenset(
    {
        "DIALTRAIL_ANSWER_TOKEN",
        "DIALTRAIL_DATABASE_URL",
        "DIALTRAIL_KEYS_DATABASE_URL",
        "DIALTRAIL_SMTP_URL",
        "DIALTRAIL_TOKEN",
        "DIALTRAIL_TOKENS",
        "MINIVOICE_API_KEY",
        "MINIVOICE_WEBHOOK_SECRET",
        "MINIVOICE_WEBHOOK_SECRET_PREVIOUS",
    }
)


def form_of(variable: str) -> str:
    """What to write for a variable, as in `write a folder`."""
    extra = Settings.model_fields[FIELDS[variable]].json_schema_extra
    return str(extra["form"]) if isinstance(extra, dict) else ""
