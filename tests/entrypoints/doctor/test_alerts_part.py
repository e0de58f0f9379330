import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from domain.errors import DialtrailError, NotAllowed, NotFound
from entrypoints.doctor.alerts_part import TRY, alerts_findings
from entrypoints.doctor.finding import Finding

MAIL: dict[str, Any] = {"server": "mail.example.org:465", "recipients": 2, "sent_at": None, "failing": None}
GOES = "alerts go to 2 addresses through mail.example.org:465; nothing was sent now"


def found(answer: Mapping[str, Any] | DialtrailError) -> list[Finding]:
    async def ask(path: str) -> Mapping[str, Any]:
        assert path == "/v1/alerts"
        if isinstance(answer, DialtrailError):
            raise answer
        return answer

    return asyncio.run(alerts_findings(ask))


def test_where_e_mail_is_set_it_says_so_and_sends_nothing() -> None:
    assert found({"mail": MAIL}) == [Finding("alerts", "ok", GOES, TRY)]
    assert found({"mail": {**MAIL, "sent_at": "2026-05-29T12:00:00.000000Z"}}) == [Finding("alerts", "ok", GOES)]


def test_a_server_that_takes_nothing_is_a_warning() -> None:
    failing = {"since": "2026-05-29T12:00:00.000000Z", "last": "it refused the login"}
    what = "mail.example.org:465 takes no alerts since 2026-05-29T12:00:00.000000Z: it refused the login"
    assert found({"mail": {**MAIL, "failing": failing}}) == [Finding("alerts", "warning", what, f"mend it; {TRY}")]


@pytest.mark.parametrize("answer", [{"mail": None}, {}, NotFound("older"), NotAllowed("a token is missing")])
def test_where_no_e_mail_is_set_or_nobody_can_say_there_is_no_finding(
    answer: Mapping[str, Any] | DialtrailError,
) -> None:
    assert found(answer) == []
