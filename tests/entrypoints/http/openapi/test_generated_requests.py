"""What the server answers to generated requests, held against the description."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.http import limits
from entrypoints.http.description import OPERATIONS
from tests.entrypoints.http.openapi.filled import TWO_OPERATORS, fill
from tests.entrypoints.serving import (
    OPERATOR,
    Serving,
    on_a_socket,
    play,
)
from tests.examples import examples

ROOT = Path(__file__).parents[4]
STREAM = "/v1/stream"
EXAMPLES_WHOLE = 20
EXAMPLES = examples(EXAMPLES_WHOLE, least=3)
# The cases of every parameter's edges are thousands, whatever the number of examples: they belong to the whole.
PHASES = "coverage,fuzzing,stateful" if EXAMPLES >= EXAMPLES_WHOLE else "fuzzing,stateful"
SECONDS_MAX = 300 + 20 * EXAMPLES


def schemathesis(description: Path, url: str) -> list[str]:
    """The command that asks the server at this address what the description says."""
    return [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file"),
        *("tests/entrypoints/http/openapi/schemathesis.toml", "run", str(description)),
        *("--url", url),
        *("--max-examples", str(EXAMPLES), "--phases", PHASES, "--checks", "all"),
        *("--header", f"Authorization: {OPERATOR['authorization']}"),
        # It has no end, and what it says is not one document: tests/entrypoints/http/routes/test_stream.py is about it.
        *("--exclude-path", STREAM),
    ]


@pytest.mark.no_cover  # many times the same
@pytest.mark.timeout(SECONDS_MAX + 60)
def test_what_the_server_answers_to_generated_requests_is_what_the_description_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WRONG_TOKENS_BURST", 1_000_000)  # each of them shall be told that it is wrong

    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await fill(stage)
        async with on_a_socket(stage):
            description = tmp_path / "openapi.json"
            description.write_text((await stage.client.get("/openapi.json", headers=OPERATOR)).text)
            command = schemathesis(description, str(stage.client.base_url))
            environ = {
                "PATH": os.environ["PATH"],  # noqa: TID251 - the child's environment
                "HOME": str(tmp_path),
                "LEDGERS_POSITION": str(stage.ledger.position),
                "NOW": stage.clock.now.isoformat(),
            }
            done = await asyncio.to_thread(
                subprocess.run,
                command,
                cwd=ROOT,
                env=environ,
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS_MAX,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        tested = re.search(r"(\d+) selected / (\d+) total", done.stdout)
        assert tested, done.stdout
        assert [int(count) for count in tested.groups()] == [len(OPERATIONS) - 1, len(OPERATIONS)]

    play(tmp_path / "data", scene, DIALTRAIL_TOKENS=TWO_OPERATORS, DIALTRAIL_API_REQUESTS_PER_SECOND="0")
