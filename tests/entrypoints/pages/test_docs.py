import re
from pathlib import Path

from entrypoints.http.description import OPERATIONS
from entrypoints.http.sessions import SESSION_SECONDS_MAX
from tests.entrypoints.serving import Serving, play

PAGE = (Path(__file__).parents[3] / "docs/pages.md").read_text()
NOT_A_PAGE = frozenset({"/sign-in", "/sign-out", "/static/{name}"})


def test_the_page_on_pages_has_every_page_and_no_other(tmp_path: Path) -> None:
    served: set[str] = set()

    async def scene(stage: Serving) -> None:
        served.update(route.path for route in stage.parts.app._pages.routes)

    play(tmp_path, scene)
    documented: set[str] = set()
    for cell in re.findall(r"^\| (`/[^|]*) \|", PAGE, re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", cell)
        folder = first.rpartition("/")[0]
        documented |= {first, *(other if other.startswith("/") else f"{folder}/{other}" for other in others)}
    assert documented == served - NOT_A_PAGE


def test_each_route_that_it_names_is_one(tmp_path: Path) -> None:
    known = {operation.path for operation in OPERATIONS}
    named = set(re.findall(r"`(?:GET |POST )?(/v1/[^`]*)`", PAGE))
    assert named - known == set()
    assert f"after {SESSION_SECONDS_MAX // 3600} hours" in PAGE
