"""A walk through a script with the ledger in PostgreSQL instead of the folder."""

import asyncio
from pathlib import Path

from tests.adapters.ledger.postgres_server import Server
from tests.entrypoints.http.answer.asking import SAFE, ask, campaign, press, recorded, redirect_of, said
from tests.entrypoints.serving import Serving, play, until


def test_a_call_is_told_its_script_waits_for_its_digits_and_is_told_the_same_again(
    tmp_path: Path, postgres: Server
) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        asking = asyncio.create_task(ask(stage, url))
        await until(lambda: stage.parts.answerer._digits.bells.waiting)
        await press(stage, "1")
        assert said(await asking) == ["Thank you, Ada."]
        assert said(await ask(stage, url)) == ["Thank you, Ada."]
        assert await ask(stage, "/answer?call_id=call_of_others") == SAFE
        found = [(one.step, one.why, one.again) for one in await recorded(stage, 4)]
        assert found == [
            ("menu", None, False),
            ("yes", None, False),
            ("yes", None, True),
            (None, "unknown_call", False),
        ]

    play(tmp_path, scene, DIALTRAIL_DATABASE_URL=postgres.new_database(), DIALTRAIL_DIGITS_WAIT_SECONDS="10")
