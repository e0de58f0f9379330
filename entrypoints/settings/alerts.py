"""How somebody is told of what needs them."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, InstanceOf, SecretStr

from adapters.mail import is_address, read_mail_server
from domain.digest import DigestTime, read_digest_time
from domain.errors import SettingsError
from entrypoints.settings.wire import setting

RECIPIENTS_MAX = 20
ADDRESSES_FORM = "addresses like ops@example.org, with commas between them"
TOGETHER = {
    "DIALTRAIL_SMTP_URL": "smtp_url",
    "DIALTRAIL_ALERTS_TO": "alerts_to",
    "DIALTRAIL_ALERTS_FROM": "alerts_from",
}
"""Alerts by e-mail need all of them, or none."""


def _mail_server(secret: SecretStr) -> SecretStr:
    read_mail_server(secret.get_secret_value())
    return secret


def _address(text: str) -> str:
    if not is_address(text.strip()):
        raise ValueError("is not one plain e-mail address")
    return text.strip()


def _addresses(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = [entry for part in value.split(",") if (entry := part.strip())]
    for place, entry in enumerate(found, start=1):
        if not is_address(entry):
            raise ValueError(f"entry {place} is not a plain e-mail address")
    if not found:
        raise ValueError("names nobody")
    if len(found) > RECIPIENTS_MAX:
        raise ValueError(f"names more than {RECIPIENTS_MAX}; use the address of a list")
    return tuple(dict.fromkeys(found))


def _digest_time(value: object) -> object:
    return read_digest_time(value) if isinstance(value, str) else value


MailServerSecret = Annotated[SecretStr, AfterValidator(_mail_server)]
Address = Annotated[str, AfterValidator(_address)]
Addresses = Annotated[tuple[str, ...], BeforeValidator(_addresses)]
WallTime = Annotated[InstanceOf[DigestTime] | None, BeforeValidator(_digest_time)]


class AlertSettings(BaseModel):
    """Alerts; part of `Settings`."""

    smtp_url: MailServerSecret | None = setting(
        "DIALTRAIL_SMTP_URL",
        None,
        "the mail server that alerts are handed to, with its login: smtps:// is TLS, smtp:// STARTTLS",
        "smtps://user:password@mail.example.org, with %40 for an @ in the user or the password",
    )
    alerts_to: Addresses = setting(
        "DIALTRAIL_ALERTS_TO", (), "who is told of alerts by e-mail, comma-separated", ADDRESSES_FORM
    )
    alerts_from: Address | None = setting(
        "DIALTRAIL_ALERTS_FROM", None, "the sender of alerts", "one address like dialtrail@example.org"
    )
    alerts_unresolved_above: int = setting(
        "DIALTRAIL_ALERTS_UNRESOLVED_ABOVE",
        0,
        "an alert tells of more unresolved attempts of a campaign than these",
        "a whole number from 0, such as 10",
        ge=0,
        le=1_000_000,
    )
    digest_at: WallTime = setting(
        "DIALTRAIL_DIGEST_AT",
        None,
        "when a digest of the day before is sent by e-mail; without it none is",
        "an hour and a zone like 07:30 Europe/Berlin",
    )


def check_mail_is_whole(settings: AlertSettings) -> None:
    """Raises `SettingsError` where some of what e-mail needs is set, and some is not."""
    missing = [variable for variable, name in TOGETHER.items() if not getattr(settings, name)]
    given = [variable for variable in TOGETHER if variable not in missing]
    if settings.digest_at is not None:
        given.append("DIALTRAIL_DIGEST_AT")
    if missing and given:
        raise SettingsError(f"{missing[0]}: is not set, but {given[0]} is; alerts by e-mail need {', '.join(TOGETHER)}")
