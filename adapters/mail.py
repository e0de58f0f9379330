"""E-mail by SMTP: one message at a time, over TLS unless it is said otherwise, bounded in time."""

import asyncio
import re
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, unquote

import certifi
from msgspec import Struct

from adapters.split_url import split_url

if TYPE_CHECKING:
    from aiosmtplib import SMTPResponse

Security = Literal["tls", "starttls", "none"]
PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "none": 25}
STEP_SECONDS_MAX = 20.0
SEND_SECONDS_MAX = 60.0
SAID_CHARS_MAX = 200
ADDRESS_CHARS_MAX = 254
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
# Every command reads the settings, and with them what is here; few of them send a mail.
_SMTP = "aiosmtplib"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_ONE_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MailServer(Struct, frozen=True):
    """Where messages are handed in, and as whom. Its password is in no repr."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.security})"


class Mail(Struct, frozen=True, kw_only=True):
    """A message that is to be sent; `mail_id` is the same each time that it is tried."""

    mail_id: str
    subject: str
    text: str
    made_at: datetime


class MailNotSent(Exception):
    """No server took it; the text says why, without the message or the password."""


class Mailer:
    """Sends as one sender to the same recipients. `tls` is whom to believe; by default the system's authorities."""

    def __init__(
        self, server: MailServer, sender: str, recipients: Sequence[str], *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.server = server
        self.sender = sender
        self.recipients = tuple(recipients)
        self._tls = tls

    async def send(self, mail: Mail) -> list[str]:
        """Hand it in; those of the recipients whom the server refused, as far as it took the message. Raises `NotSent`."""
        message = message_of(mail, self.sender, self.recipients)
        smtp = await asyncio.to_thread(import_module, _SMTP)
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                if self._tls is None and self.server.security != "none":
                    self._tls = await asyncio.to_thread(_trusting)
                refused, _ = await self._hand_in(smtp, message)
        except (TimeoutError, OSError, smtp.SMTPException, ValueError) as error:
            raise MailNotSent(_why(error, self.server)) from None
        return sorted(refused)

    async def _hand_in(self, smtp: Any, message: EmailMessage) -> "tuple[dict[str, SMTPResponse], str]":
        server = self.server
        handed_in: tuple[dict[str, SMTPResponse], str] = await smtp.send(
            message,
            sender=self.sender,
            recipients=list(self.recipients),
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls,
            timeout=STEP_SECONDS_MAX,
        )
        return handed_in


def read_mail_server(url: str) -> MailServer:
    """A server as it is written: `smtps://…` (TLS), `smtp://…` (STARTTLS), `smtp://…?tls=none`.

    Raises `ValueError`, which says what is wrong, without the value.
    """
    parts, port = split_url(url)
    query = parse_qs(parts.query, keep_blank_values=True)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("is not an smtp or smtps address")
    if parts.path not in {"", "/"} or parts.fragment or query.keys() - {"tls"} or re.search(r"[\s\x00-\x1f]", url):
        raise ValueError("has more in it than a login, a host, a port and tls")
    wanted = query.get("tls", ["tls" if parts.scheme == "smtps" else "starttls"])
    if wanted not in (["tls"], ["starttls"], ["none"]) or (parts.scheme == "smtps") != (wanted == ["tls"]):
        raise ValueError("has another tls than there is: smtps:// is TLS, smtp:// STARTTLS, or none with ?tls=none")
    security: Security = "tls" if wanted == ["tls"] else "starttls" if wanted == ["starttls"] else "none"
    if bool(parts.username) != bool(parts.password):
        raise ValueError("has half a login: a user and a password belong together")
    if parts.username and security == "none" and parts.hostname not in THIS_MACHINE:
        raise ValueError("would send the password in clear; leave ?tls=none out")
    return MailServer(
        host=parts.hostname,
        port=port or PORTS[security],
        security=security,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def is_address(text: str) -> bool:
    """Whether it is one plain e-mail address in ASCII, without a name."""
    return len(text) <= ADDRESS_CHARS_MAX and _ADDRESS.fullmatch(text) is not None


def message_of(mail: Mail, sender: str, recipients: Sequence[str]) -> EmailMessage:
    """The message itself. Whatever stands in a subject is one line of it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.made_at)
    message["Message-ID"] = f"<{mail.mail_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def one_line(text: str) -> str:
    """The text without anything that ends a line or steers a terminal."""
    return _ONE_LINE.sub(" ", text).strip()


def _trusting() -> ssl.SSLContext:
    """Whom to believe: the system's authorities, so that a company's own count, and those that come with Python's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _why(error: Exception, server: MailServer) -> str:
    import aiosmtplib  # noqa: PLC0415 - by now it is there

    where = f"{server.host}:{server.port}"
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return f"{where} refused the login ({error.code}); see to the user and the password in DIALTRAIL_SMTP_URL"
        case aiosmtplib.SMTPRecipientsRefused():
            return f"{where} refused every recipient; see to DIALTRAIL_ALERTS_TO"
        case aiosmtplib.SMTPResponseException():
            return f"{where} answered {error.code}: {one_line(error.message)[:SAID_CHARS_MAX]}"
        case ssl.SSLError():
            return f"{where} cannot be believed to be itself ({type(error).__name__}: {error.reason or 'TLS failed'})"
        case TimeoutError():
            return f"{where} did not answer in time"
        case _:
            return f"{where}: {one_line(str(error))[:SAID_CHARS_MAX] or type(error).__name__}"
