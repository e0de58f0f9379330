"""What MkDocs does for the site beside the Markdown: the API reference is made of the API's own description."""

from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink

from entrypoints.http.description import document
from entrypoints.pages.reference import reference_text, resources

REFERENCE = "api-reference.md"


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Put the reference under its page's own words, and its headings into the page's menu."""
    if page.file.src_uri != REFERENCE:
        return html
    menu = page.toc.items[0].children
    for resource in resources(document(needs_token=True)):
        link = AnchorLink(resource.name.capitalize(), f"resource-{resource.name}", 2)
        link.children = [AnchorLink(f"{one.method} {one.path}", one.anchor, 3) for one in resource.operations]
        menu.append(link)
    menu += [AnchorLink("Objects", "objects", 2), AnchorLink("Problems", "problems", 2)]
    return html + reference_text()
