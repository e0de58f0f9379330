"""The newest checkpoint of the verifiable log over HTTP, and its tiles."""

from contextlib import closing
from pathlib import Path

from adapters.verifiable_log.opening import open_log_store
from adapters.verifiable_log.store import KeptCheckpoint, LogHead, LogStore
from adapters.verifiable_log.tiles import TILE_WIDTH, Tile, reader_of_tiles
from adapters.verifiable_log.tree import HASH_BYTES, consistency_proof, root_of
from entrypoints.http.routes.log import NO_CHECKPOINT, NO_ENTRIES, NO_TILE
from tests.adapters.verifiable_log.trees import KeptTree, leaves, tiles_for_consistency
from tests.entrypoints.serving import TOKENS, VIEWER, Serving, play, problem

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


SIGNED, STORED = 70_000, 70_100


def kept(store: LogStore) -> KeptTree:
    """A log of which not all that is stored is signed yet; its leaves."""
    tree = KeptTree(leaves(STORED))
    head = store.begin("example.org/log")
    growing = store.tree(head)
    changed = growing.extend(leaves(STORED))
    firsts = {one.number: one.number * TILE_WIDTH + 1 for one in changed if not one.level}
    store.write(head, LogHead(head.log, head.origin, STORED, STORED), changed, firsts)
    store.put_checkpoint(head.log, KeptCheckpoint(SIGNED, 0.0, NOTE))
    return tree


def test_a_proof_is_made_of_the_tiles_alone_and_they_may_be_kept(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        with closing(open_log_store(stage.parts.folder, None)) as store:
            tree = kept(store)
        fetched: dict[Tile, bytes] = {}
        for tile in (*tiles_for_consistency(1_000, SIGNED), Tile(2, 0, 1), Tile(1, 1, 17), Tile(0, 0, 5)):
            answer = await stage.client.get(f"/v1/log/{tile.path}", headers=VIEWER)
            assert (answer.status_code, len(answer.content)) == (200, tile.width * HASH_BYTES), tile.path
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["cache-control"] == "private, max-age=604800, immutable"
            fetched[tile] = answer.content
        read = reader_of_tiles(SIGNED, fetched.__getitem__)
        assert consistency_proof(1_000, SIGNED, read) == consistency_proof(1_000, SIGNED, tree.read)
        assert fetched[Tile(0, 0, 5)] == b"".join(leaves(5))
        assert root_of(SIGNED, read) == root_of(SIGNED, tree.read)

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_what_no_checkpoint_covers_and_what_is_written_otherwise_is_not_there(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async def said(path: str) -> tuple[int, str]:
            answer = await stage.client.get(f"/v1/log/tile/{path}")
            return answer.status_code, answer.json()["detail"]

        assert await said("0/000") == (404, NO_TILE)
        with closing(open_log_store(stage.parts.folder, None)) as store:
            kept(store)
        unsigned = ("0/273.p/113", "0/273", "1/001.p/18", "2/000.p/2", "3/000.p/1", "0/x999/x999/999.p/255")
        for path in (*unsigned, "0/0", "0/x000/001", "0/000.p/256", "64/000", "x/000", "0/000.p/00"):
            assert await said(path) == (404, NO_TILE), path
        for path in ("entries/000", "entries/000.p/5"):
            assert await said(path) == (404, NO_ENTRIES)
        assert (await stage.client.get("/v1/log/tile/0/000", params={"width": 5})).status_code == 400

    play(tmp_path, scene)


def test_nobody_reads_tiles_without_a_token_and_a_store_that_lacks_one_says_so(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get("/v1/log/tile/0/000")).status_code == 401
        with closing(open_log_store(stage.parts.folder, None)) as store:
            store.begin("example.org/log")
            store.put_checkpoint(1, KeptCheckpoint(SIGNED, 0.0, NOTE))
        lacking = await stage.client.get("/v1/log/tile/0/000", headers=VIEWER)
        assert (lacking.status_code, "lacks hashes of tile/0/000" in lacking.text) == (503, True)

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
