import pytest

from tests.docs.console import Block, Command, blocks, commands, meant

CALL, THERE, OTHER = (f"call_2026112{day}T101500.00000000{day}" for day in (3, 4, 5))


def test_a_pages_blocks_are_read_with_their_titles() -> None:
    page = 'words\n\n```toml title="a.toml"\nid = 1\n```\n\n    $ not this\n\n```console\n$ b\n```\n'

    assert blocks(page) == [Block("toml", "a.toml", "id = 1\n"), Block("console", "", "$ b\n")]


def test_commands_are_read_with_what_they_print() -> None:
    text = "$ one --a \\\n    --b\nprinted\n…\n$ two\n"

    assert list(commands(text)) == [Command("one --a --b", "printed\n…\n"), Command("two", "")]


@pytest.mark.parametrize(
    ("page", "printed"),
    [
        ("a  b\n", "a b\n"),
        ("…\nb\n", "x\ny\nb\n"),
        ("…\nb\n", "b\n"),
        ("a…c\n", "a b c\n"),
        ("at 2026-11-23T10:15:00Z\n", "at 2027-01-02T03:04:05.678901Z\n"),
        ("(a|b)*\n", "(a|b)*\n"),
        ("", ""),
    ],
)
def test_what_is_printed_is_what_the_page_shows(page: str, printed: str) -> None:
    assert meant(page, printed, {}) == {}


@pytest.mark.parametrize(
    ("page", "printed"),
    [
        ("a\n", "b\n"),
        ("a\n", "a\nb\n"),
        ("a\n", ""),
        ("", "a\n"),
        ("a…c\n", "a\nc\n"),
        ("3 enrolled\n", "13 enrolled\n"),
        (f"{CALL} {CALL}\n", f"{THERE} {OTHER}\n"),
    ],
)
def test_what_is_printed_is_something_else(page: str, printed: str) -> None:
    assert meant(page, printed, {}) is None


def test_a_call_of_the_page_is_the_one_that_was_there_first() -> None:
    known = meant(f"id {CALL}\n", f"id {THERE}\n", {})

    assert known == {CALL: THERE}
    assert meant(f"{CALL} again\n", f"{THERE} again\n", known) == known
    assert meant(f"{CALL} again\n", f"{OTHER} again\n", known) is None
