"""The newest checkpoint of the verifiable log over HTTP."""

from contextlib import closing
from pathlib import Path

from adapters.verifiable_log.opening import open_log_store
from adapters.verifiable_log.store import KeptCheckpoint
from entrypoints.http.routes.log import NO_CHECKPOINT
from tests.entrypoints.serving import Serving, play, problem

NOTE = "example.org/log\n5\nroot\n\n\N{EM DASH} example.org/log signature\n"


def test_before_the_first_there_is_none_and_then_it_is_the_newest_as_it_was_signed(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        before = await stage.client.get("/v1/log/checkpoint")
        with closing(open_log_store(stage.parts.folder, None)) as store:
            store.begin("example.org/log")
            store.put_checkpoint(1, KeptCheckpoint(4, 0.0, "an earlier one"))
            store.put_checkpoint(1, KeptCheckpoint(5, 60.0, NOTE))
            after = await stage.client.get("/v1/log/checkpoint")

        assert before.status_code == 404
        assert before.json()["detail"] == NO_CHECKPOINT
        assert before.json()["type"] == problem("not-found", 404, "", "")["type"]
        assert (after.status_code, after.text) == (200, NOTE)
        assert after.headers["content-type"] == "text/plain; charset=utf-8"

    play(tmp_path, scene)
