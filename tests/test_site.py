"""The documentation as a site: it comes whole from this checkout; and the links of the documents beside it."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pymdownx.slugs import slugify  # type: ignore[import-untyped]

CHECKOUT = Path(__file__).resolve().parent.parent
BESIDE = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("clients/*/*.md")])
LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


class Loaded(HTMLParser):
    """What a page has the browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        value = dict(attributes).get(LOADING.get(tag, ""))
        if value:
            self.addresses.append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    made = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return folder


def test_no_page_of_the_site_has_the_browser_load_anything_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    loaded: dict[str, list[str]] = {}
    for path in pages:
        page = Loaded()
        page.feed(path.read_text())
        loaded[path.name] = page.addresses

    assert {"index.html", "operating.html"} <= loaded.keys()
    found = {address for addresses in loaded.values() for address in addresses}
    assert any(address.endswith(".css") for address in found)
    assert [address for address in found if "//" in address] == []


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings."""
    slug = slugify(case="lower")
    return {slug(title, "-") for title in re.findall(r"^#+ (.+)$", CODE.sub("", path.read_text()), re.MULTILINE)}


@pytest.mark.parametrize("document", BESIDE, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_the_links_of_a_document_beside_the_site_lead_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(CODE.sub("", document.read_text())):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        path = document.parent / name if name else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(link)

    assert broken == []
