"""A real mail server on loopback, by aiosmtpd, that keeps what it is given."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).parent / "localhost.pem"  # for localhost and 127.0.0.1, signed by itself


class Kept:
    """What was handed in. It answers `says` to each message; `refuses` are recipients that it does not take."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.logins: list[bytes] = []
        self.says = "250 OK"
        self.refuses: set[str] = set()

    async def handle_RCPT(  # noqa: N802 - the library's face
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.says.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.messages.append(message_from_bytes(content, policy=policy.default))
            self.envelopes.append(envelope)
        return self.says

    def login(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"s3cret p@ss", handled=False)


@asynccontextmanager
async def mail_server(*, tls: str = "none", with_login: bool = False) -> AsyncIterator[Kept]:
    """One that listens; `tls` is none, starttls or tls."""
    kept = Kept()
    context = None if tls == "none" else serving_context()
    options: dict[str, Any] = {"hostname": "mail.test"}
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if with_login:
        # aiosmtpd takes the TLS that a connection began with for none.
        options |= {"authenticator": kept.login, "auth_require_tls": tls == "starttls"}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(kept, loop=loop, **options), "127.0.0.1", 0, ssl=context if tls == "tls" else None
    )
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()
        await server.wait_closed()


def serving_context() -> ssl.SSLContext:
    """Shows the certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def believing_context() -> ssl.SSLContext:
    """Believes that certificate, and no other."""
    return ssl.create_default_context(cafile=CERTIFICATE)
