import pytest

from tests.docs.console import Block, blocks
from tests.docs.shown import Shown, as_console, shown

PAGE = """words

```toml title="a.toml"
id = 1

    not a block of its own
```

    dialtrail one \\
        --two

    dialtrail three
- a list
    goes on

```
drawn
```
"""


def test_fenced_and_indented_blocks_are_found_and_what_goes_on_in_a_list_is_none() -> None:
    assert shown("a.md", PAGE) == [
        Shown("a.md", "toml", "a.toml", "id = 1\n\n    not a block of its own\n"),
        Shown("a.md", "", "", "dialtrail one \\\n    --two\n\ndialtrail three\n"),
        Shown("a.md", "", "", "drawn\n"),
    ]


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("$ dialtrail a  # why\nhead of  columns\n12 rows\n", "$ dialtrail a\nhead of  columns\n…\n"),
        ("dialtrail a\n", "$ dialtrail a\n…\n"),
        ("cd there && dialtrail a\n", "$ cd there && dialtrail a\n…\n"),
        ("dialtrail sandbox --port 1\nready at 1\n", "$ dialtrail sandbox --port 1\nready at 1\n"),
    ],
)
def test_commands_print_what_they_show_but_for_figures(text: str, follows: str) -> None:
    assert blocks(as_console(text)) == [Block("console", "", follows)]


def test_a_file_that_is_shown_is_written() -> None:
    assert blocks(as_console("$ cat a.toml\nid = 1\n$ dialtrail a\n")) == [
        Block("toml", "a.toml", "id = 1\n"),
        Block("console", "", "$ dialtrail a\n…\n"),
    ]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("cd there\n", (True, False, False)),
        ('{"id": "spring"}\n', (False, True, False)),
        ('[policy]\nopt_out_digits = "9"\n', (False, True, False)),
        ("import time\n", (False, False, True)),
        ("of dialtrail \n", (False, False, False)),
    ],
)
def test_what_can_be_done_with_a_block(text: str, kinds: tuple[bool, bool, bool]) -> None:
    block = Shown("a.md", "", "", text)

    assert (block.is_commands, block.is_document, block.is_python) == kinds
