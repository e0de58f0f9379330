import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from domain.errors import DialtrailError, NotAllowed, NotFound
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.silence_part import silence_findings

SAYS = "2 calls open for 15 min, no webhook since 12:00 UTC"


def found(answer: Mapping[str, Any] | DialtrailError) -> list[Finding]:
    async def ask(path: str) -> Mapping[str, Any]:
        assert path == "/v1/integrity"
        if isinstance(answer, DialtrailError):
            raise answer
        return answer

    return asyncio.run(silence_findings(ask))


def test_silence_is_a_warning_in_the_words_that_every_face_says() -> None:
    answer = {"silence": {"says": SAYS, "what_to_do": "look at the tunnel"}}
    assert found(answer) == [Finding("webhooks", "warning", SAYS, "look at the tunnel")]


@pytest.mark.parametrize("answer", [{"silence": None}, {}, NotFound("older"), NotAllowed("a token is missing")])
def test_where_nothing_is_silent_or_nobody_can_say_there_is_no_finding(
    answer: Mapping[str, Any] | DialtrailError,
) -> None:
    assert found(answer) == []
