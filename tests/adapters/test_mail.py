"""E-mail against a real mail server on loopback."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from adapters.mail import Mail, Mailer, MailNotSent, MailServer, is_address, message_of, one_line, read_mail_server
from tests.adapters.mail_server import Kept, believing_context, mail_server

NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
FROM = "dialtrail@example.org"
TO = ("ops@example.org", "night@example.org")
MAIL = Mail(mail_id="id-1", subject="Dialtrail: paused (spring)", text="Grüße.\n\n.a dot\n", made_at=NOON)


async def send(kept: Kept, tls: str = "none", login: str = "", recipients: Sequence[str] = TO) -> list[str]:
    scheme, query = ("smtps", "") if tls == "tls" else ("smtp", f"?tls={tls}")
    server = read_mail_server(f"{scheme}://{login}127.0.0.1:{kept.port}{query}")
    return await Mailer(server, FROM, recipients, tls=believing_context()).send(MAIL)


def test_a_message_arrives_as_it_was_written_at_everybody_at_once() -> None:
    async def scene() -> None:
        async with mail_server() as kept:
            assert await send(kept) == []
            (message,) = kept.messages
            (envelope,) = kept.envelopes
            assert message.get_content().replace("\r\n", "\n") == MAIL.text
            assert {name: message[name] for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")} == {
                "From": FROM,
                "To": "ops@example.org, night@example.org",
                "Subject": MAIL.subject,
                "Message-ID": "<id-1@example.org>",
                "Auto-Submitted": "auto-generated",
            }
            assert message["Date"].datetime == NOON
            assert (envelope.mail_from, envelope.rcpt_tos) == (FROM, list(TO))

    asyncio.run(scene())


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_it_goes_over_tls_with_a_login(tls: str) -> None:
    async def scene() -> None:
        async with mail_server(tls=tls, with_login=True) as kept:
            assert await send(kept, tls, "ops%40example.org:s3cret%20p%40ss@") == []
            assert kept.logins == [b"ops@example.org"]
            assert len(kept.messages) == 1
            with pytest.raises(
                MailNotSent, match=r"refused the login \(535\); see to the user and the password"
            ) as told:
                await send(kept, tls, "ops:wr0ng-one@")
            assert "wr0ng-one" not in str(told.value)

    asyncio.run(scene())


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_that_cannot_show_who_it_is_is_told_nothing(tls: str) -> None:
    async def scene() -> None:
        async with mail_server(tls=tls) as kept:
            scheme, query = ("smtps", "") if tls == "tls" else ("smtp", "")
            mailer = Mailer(read_mail_server(f"{scheme}://127.0.0.1:{kept.port}{query}"), FROM, TO)
            with pytest.raises(MailNotSent, match=r"127\.0\.0\.1"):
                await mailer.send(MAIL)
            assert kept.messages == []

    asyncio.run(scene())


def test_a_server_without_starttls_is_handed_nothing_in_clear() -> None:
    async def scene() -> None:
        async with mail_server() as kept:
            with pytest.raises(MailNotSent, match="STARTTLS"):
                await send(kept, "starttls")
            assert kept.messages == []

    asyncio.run(scene())


def test_some_recipients_that_are_refused_are_told_and_all_of_them_are_a_failure() -> None:
    async def scene() -> None:
        async with mail_server() as kept:
            kept.refuses = {TO[0]}
            assert await send(kept) == [TO[0]]
            assert kept.envelopes[0].rcpt_tos == [TO[1]]
            kept.refuses = set(TO)
            with pytest.raises(MailNotSent, match="refused every recipient; see to DIALTRAIL_ALERTS_TO"):
                await send(kept)

    asyncio.run(scene())


def test_what_a_server_says_is_told_in_one_line() -> None:
    async def scene() -> None:
        async with mail_server() as kept:
            kept.says = "452 the disk\x1b[31m is full"
            with pytest.raises(MailNotSent, match=r"answered 452: the disk \[31m is full"):
                await send(kept)
            port = kept.port
        with pytest.raises(MailNotSent, match=f"127.0.0.1:{port}"):
            await Mailer(MailServer("127.0.0.1", port, "none"), FROM, TO).send(MAIL)

    asyncio.run(scene())


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x00"])
def test_no_subject_adds_a_header_or_a_body(end: str) -> None:
    subject = f"Dialtrail: x{end}Bcc: eve@example.org{end}{end}a body"
    message = message_of(Mail(mail_id="i", subject=subject, text="t\n", made_at=NOON), FROM, TO)
    assert message["Subject"] == "Dialtrail: x Bcc: eve@example.org a body"
    assert "Bcc" not in message
    lines = message.as_bytes().split(b"\r\n\r\n")[0].split(b"\r\n")
    assert not [line for line in lines if line.startswith(b"Bcc")]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://mail.example.org", MailServer("mail.example.org", 465, "tls")),
        ("smtp://mail.example.org/", MailServer("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org:25?tls=none", MailServer("mail.example.org", 25, "none")),
        ("smtp://u:p%3A@localhost?tls=none", MailServer("localhost", 25, "none", "u", "p:")),
        ("smtps://u%40x.org:p@[::1]:2465", MailServer("::1", 2465, "tls", "u@x.org", "p")),
    ],
)
def test_a_server_is_read_as_it_is_written(url: str, server: MailServer) -> None:
    assert read_mail_server(url) == server
    assert "p:" not in repr(server)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://mail.example.org", "not an smtp or smtps address"),
        ("smtps://", "not an smtp or smtps address"),
        ("smtps://mail.example.org/inbox", "more in it"),
        ("smtps://mail.example.org?timeout=5", "more in it"),
        ("smtps://mail.exa\r\nmple.org", "more in it"),
        ("smtps://mail.example.org?tls=none", "another tls"),
        ("smtp://mail.example.org?tls=tls", "another tls"),
        ("smtp://mail.example.org?tls=", "another tls"),
        ("smtps://user@mail.example.org", "half a login"),
        ("smtp://user:pass@mail.example.org?tls=none", "in clear"),
        ("smtps://mail.example.org:99999", "port that is no number"),
    ],
)
def test_a_server_that_cannot_be_meant_is_refused_without_its_value(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        read_mail_server(url)
    assert "mail.example" not in str(refused.value)


def test_an_address_is_one_plain_address() -> None:
    assert is_address("ops+night@mail.example.org")
    for text in ("ops", "ops@", "Ops <ops@example.org>", "a@b, c@d", "ops@example.org\nBcc: x@y", "ö@example.org"):
        assert not is_address(text)


def test_a_line_is_one_line() -> None:
    assert one_line(" a\r\n\tb\x1b ") == "a b"
