import html as html_texts
import re
from pathlib import Path

from tests.entrypoints.pages.campaign_page import PAGE
from tests.entrypoints.pages.staging import load
from tests.entrypoints.serving import Serving, play


def test_recipients_are_filtered_searched_and_paged(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        numbers = [f"+1555{number:07}" for number in range(250)]
        await stage.campaign(*numbers)
        path, seen = f"{PAGE}/recipients", []
        while path:
            html = await load(stage, path)
            seen += re.findall(r'<th scope="row"[^>]*><a [^>]*>([^<]+)</a>', html)
            following = re.search(r'id="next-page" href="([^"]+)"', html)
            path = "" if following is None else html_texts.unescape(following[1])
        assert seen == numbers
        before = stage.ledger.position
        await stage.client.post("/v1/suppressions", json={"number": numbers[7]})
        html = await load(stage, f"{PAGE}/recipients?status=suppressed")
        assert re.findall(r'<th scope="row"[^>]*><a [^>]*>([^<]+)</a>', html) == [numbers[7]]
        assert "Nobody with status reached" in await load(stage, f"{PAGE}/recipients?status=reached")
        found = await stage.client.get(f"{PAGE}/recipients", params={"number": "+1 555 0000007"})
        assert (found.status_code, found.headers["location"]) == (303, f"{PAGE}/recipients/%2B15550000007")
        html = await load(stage, found.headers["location"])
        assert "this person is suppressed" in html
        past = await load(stage, f"{found.headers['location']}?as_of={before}")
        assert "this person is suppressed" not in past

    play(tmp_path, scene)
