import pytest
from markupsafe import escape

from entrypoints.public_path import TAKEN, PublicPath

BELOW = PublicPath("/calls")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (None, ""),
        ("https://example.org", ""),
        ("https://example.org/calls", "/calls"),
        ("https://example.org:8443/a/b.c_d~e-1", "/a/b.c_d~e-1"),
    ],
)
def test_the_path_of_the_public_address_may_be_used(url: str | None, path: str) -> None:
    found = PublicPath.within(url)
    assert (found.path, found.fault()) == (path, None)
    assert found.of_cookies == (path or "/")


@pytest.mark.parametrize("path", ["//calls", "/a//b", "/%63alls", "/a/../b", "/.", "/a/..", "/straße", '/a"b', "/a;b"])
def test_a_path_that_could_be_read_in_two_ways_is_none(path: str) -> None:
    assert "is not letters, digits" in str(PublicPath(path).fault())


@pytest.mark.parametrize("name", TAKEN)
def test_a_path_does_not_begin_where_programs_on_this_machine_come(name: str) -> None:
    assert f"/{name} is where programs" in str(PublicPath(f"/{name}/below").fault())
    assert PublicPath(f"/{name}-more").fault() is None


@pytest.mark.parametrize(
    ("raw", "path", "raw_inside", "inside"),
    [
        (b"/calls", "/calls", b"/", "/"),
        (b"/calls/", "/calls/", b"/", "/"),
        (b"/calls?range=day", "/calls", b"/?range=day", "/"),
        (b"/calls/calls/a%2Fb", "/calls/calls/a/b", b"/calls/a%2Fb", "/calls/a/b"),
        (b"/v1/calls", "/v1/calls", b"/v1/calls", "/v1/calls"),
        (b"/callsome", "/callsome", b"/callsome", "/callsome"),
        (b"/calls%2Fv1", "/calls/v1", b"/calls%2Fv1", "/calls/v1"),
        (b"/c%61lls/v1", "/calls/v1", b"/c%61lls/v1", "/calls/v1"),
    ],
)
def test_the_path_is_taken_off_what_comes_in(raw: bytes, path: str, raw_inside: bytes, inside: str) -> None:
    scope = BELOW.taken_off({"path": path, "raw_path": raw, "method": "GET"})
    assert (scope["raw_path"], scope["path"], scope["method"]) == (raw_inside, inside, "GET")


def test_a_server_that_tells_no_raw_path_and_one_at_the_root_are_served_as_well() -> None:
    assert BELOW.taken_off({"path": "/calls/v1/calls"})["path"] == "/v1/calls"
    scope = {"path": "/calls/v1/calls", "raw_path": b"/calls/v1/calls"}
    assert PublicPath().taken_off(scope) is scope


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("/", "/calls/"),
        ("/calls/a", "/calls/calls/a"),
        ("?range=day", "?range=day"),
        ("//elsewhere", "//elsewhere"),
        ("https://elsewhere/a", "https://elsewhere/a"),
    ],
)
def test_the_path_is_put_before_addresses_of_ours(inside: str, outside: str) -> None:
    assert BELOW.before(inside) == outside
    assert PublicPath().before(inside) == inside


def test_links_of_a_page_lead_below_the_path_and_what_it_shows_is_as_it_was() -> None:
    shown = escape(' href="/secret" action=\'/secret\' src="/secret"')
    page = f'<a class="id" href="/a">{shown}</a><form action="/b?c=/d"><a href="#e"><a href="?f"><a data-href="/g">'
    wanted = page.replace('"/a"', '"/calls/a"').replace('"/b', '"/calls/b')
    assert BELOW.in_html(page) == wanted
    assert PublicPath().in_html(page) == page
