"""How many connections may be open at once, and which of them gives way."""

from pathlib import Path

import pytest

from tests.entrypoints.http.raw_client import Client, scene, sweep, told
from tests.entrypoints.serving import until


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("setting", ["DIALTRAIL_HTTP_CONNECTIONS_MAX", "DIALTRAIL_HTTP_CONNECTIONS_PER_ADDRESS_MAX"])
def test_who_says_nothing_gives_way_to_who_has_something_to_say(tmp_path: Path, setting: str) -> None:
    async def act(client: Client) -> None:
        first, _ = await client.connect()
        for _ in range(9):
            await client.connect()
        await until(lambda: len(client.server.connections) == 10)
        await client.is_well()
        assert await told(first) == b""
        assert len(client.server.connections) == 10
        assert client.reasons() == {"gave_way": 1}

    scene(tmp_path, act, **{setting: "10"})


def test_who_is_being_answered_does_not_give_way_and_the_next_is_turned_away_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def act(client: Client) -> None:
        streams = []
        for _ in range(8):
            reader, writer = await client.connect()
            writer.write(b"GET /v1/stream HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            streams.append(reader)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        said = await client.answer()
        assert said.startswith(b"HTTP/1.1 503")
        assert b"urn:dialtrail:problem:too-many-connections" in said
        assert client.reasons() == {"too_many_connections": 1}
        sweep(client, 0)
        client.stage.parts.lines.flush()
        assert "connections were turned away" in capsys.readouterr().err
        client.stage.parts.app.streams.close()

    scene(tmp_path, act, DIALTRAIL_HTTP_CONNECTIONS_PER_ADDRESS_MAX="8")
