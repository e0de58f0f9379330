"""The lookup that the page shows: it is started as it stands there, and asked as Dialtrail asks."""

import asyncio
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from adapters.lookup_client import LookupClient, LookupQuestion, LookupSaid, LookupUnanswered
from adapters.outgoing import OutgoingClient
from adapters.signing import SigningSecret
from domain.campaign import Lookup
from entrypoints.process import new_id, utc_now
from tests.application.dialer.stage import LOOKUP_SECRET
from tests.docs.shown import shown
from tests.journeys.processes import free_port

PAGE = Path(__file__).parents[2] / "docs" / "lookups.md"
TRIES_MAX = 600


def question(reference: str) -> LookupQuestion:
    return LookupQuestion(number="+15551230002", campaign_id="spring", reference=reference, variables={"name": "Ada"})


async def asked(lookup: Lookup, reference: str, secret: str = LOOKUP_SECRET) -> LookupSaid:
    outgoing = OutgoingClient((ip_network("127.0.0.1/32"),))
    client = LookupClient(
        outgoing,
        SigningSecret(secret),
        clock=utc_now,
        monotonic=time.monotonic,
        new_id=new_id,
        observe=lambda _, __: None,
    )
    try:
        for _ in range(TRIES_MAX):  # until it listens
            if await client.reaches(lookup) is None:
                break
            await asyncio.sleep(0.1)
        return await client.ask(lookup, question(reference))
    finally:
        await client.aclose()


def test_the_lookup_of_the_page_is_short_and_answers_as_it_says(tmp_path: Path) -> None:
    (program,) = [block for block in shown(PAGE.name, PAGE.read_text()) if block.title == "lookup.py"]
    body = program.text.split("\n\n\n", 1)[1]
    assert len(body.strip().splitlines()) <= 20
    file, port = tmp_path / "lookup.py", free_port()
    file.write_text(program.text)
    environ = {"DIALTRAIL_LOOKUP_SECRET": LOOKUP_SECRET, "LOOKUP_PORT": str(port)}
    lookup = Lookup(url=f"http://127.0.0.1:{port}/", timeout_seconds=10.0)
    with subprocess.Popen([sys.executable, str(file)], env=environ, stderr=subprocess.DEVNULL) as running:
        try:
            owes = asyncio.run(asked(lookup, "C-1042"))
            paid = asyncio.run(asked(lookup, "C-7"))
            with pytest.raises(LookupUnanswered):
                asyncio.run(asked(lookup, "C-1042", "whsec_eHh4eHh4eHh4eHh4eHh4eA=="))
        finally:
            running.kill()
    assert owes == LookupSaid(call=True, variables={"balance": "42 euros"})
    assert paid == LookupSaid(call=False, reason="owes nothing")
