"""Whether two secrets are the same is asked in a time that says nothing of where they differ: seen in the code, not by a clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("domain", "adapters", "projections", "application", "entrypoints")
SECRET_WORDS = frozenset({"token", "secret", "signature", "password", "mac", "hmac", "signed"})
COMPARING = (
    "adapters/minivoice_webhook.py",
    "application/answering/links.py",
    "entrypoints/http/access.py",
    "entrypoints/http/answer.py",
    "entrypoints/http/sessions.py",
    "entrypoints/pages/guard.py",
)
"""Where somebody's word is held against a secret of ours: deliveries, links, tokens, the path of answers, sessions, forms."""


NOT_OF_STRANGERS = {
    "application/subscriptions/asking.py": "an operator's change, held against what an operator chose before",
    "entrypoints/beside.py": "settings at the start: is the key the sandbox's own?",
    "entrypoints/given_settings.py": "a word of the settings file's grammar",
    "entrypoints/settings/values.py": "settings at the start: is one token given twice?",
}


def name_of(node: ast.expr) -> str:
    """The last name in what is compared, such as `form_token` of `request.state.form_token.encode()`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr="encode" | "decode" | "hex", value=ast.Name(id=name)):
            return name
        case ast.Attribute(attr="encode" | "decode" | "hex", value=inner) | ast.Call(func=inner):
            return name_of(inner)
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


def plain_comparisons(source: str) -> Iterator[str]:
    """Each `==` or `!=` with something that is called like a secret, and nothing that is written in the code itself."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare) or not any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) or name_of(side).startswith("SIGN") for side in sides):
            continue
        if any(set(name_of(side).lower().strip("_").split("_")) & SECRET_WORDS for side in sides):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def test_no_secret_is_compared_letter_by_letter() -> None:
    found = {
        str(path.relative_to(ROOT)): seen
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if (seen := list(plain_comparisons(path.read_text())))
    }
    assert {path: seen for path, seen in found.items() if path not in NOT_OF_STRANGERS} == {}
    assert found.keys() == NOT_OF_STRANGERS.keys()


def test_where_somebodys_word_is_held_against_a_secret_it_takes_as_long_whatever_it_is() -> None:
    assert [one for one in COMPARING if "hmac.compare_digest(" not in (ROOT / one).read_text()] == []


def test_a_comparison_letter_by_letter_is_seen() -> None:
    assert list(plain_comparisons("if given == self._form_token.encode(): pass\nif token == 'x': pass")) == [
        "line 1: given == self._form_token.encode()"
    ]
