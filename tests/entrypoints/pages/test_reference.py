import re
from collections import Counter
from pathlib import Path

import pytest

from entrypoints.http.description import document
from entrypoints.http.openapi.schemas import Schema
from entrypoints.http.problems import KINDS, URN
from entrypoints.pages.reference import kind, reference_text, resources
from tests.entrypoints.pages.staging import GUARDED, ROLES, load, sign_in
from tests.entrypoints.serving import Serving, play

DOCUMENT = document(needs_token=True)
HTML = str(reference_text())


def test_it_has_every_route_once_by_its_tag() -> None:
    described = Counter(
        (operation["tags"][0], f"{method.upper()} {path}")
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    )

    shown = Counter((one.name, f"{each.method} {each.path}") for one in resources(DOCUMENT) for each in one.operations)

    assert shown == described
    headings = re.findall(r'<h3 id="[a-z0-9_-]+"><code class="wrap">([^<]+)</code></h3>', HTML)
    assert Counter(headings) == Counter(route for _, route in described)


def test_it_has_every_object_and_every_problem() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    objects = {name for name in schemas if f'<h3 id="object-{name}" class="wrap">' in HTML}

    assert set(re.findall(r'<tr id="problem-([a-z-]+)">', HTML)) == set(KINDS)
    assert {name for name in schemas.keys() - objects if URN not in str(schemas[name])} == set()


def test_each_link_in_it_leads_to_one_place_in_it() -> None:
    places = Counter(re.findall(r' id="([^"]+)"', HTML))
    links = set(re.findall(r'href="#([^"]+)"', HTML))

    assert links - places.keys() == set()
    assert [name for name, count in places.items() if count > 1] == []


def test_an_operation_is_shown_with_what_is_sent_answered_and_refused() -> None:
    shown = HTML.partition('<h3 id="post_campaigns_by_id_recipients">')[2].partition("<h3")[0]

    assert 'Send <code>application/json</code>: <a href="#object-Enrolment">Enrolment</a>' in shown
    assert "Send <code>text/csv</code>: string, a header with <code>number</code>" in shown
    assert 'Answers 200: <a href="#object-EnrolmentDone">EnrolmentDone</a>' in shown
    assert '413 <a href="#problem-too-large">too-large</a>' in shown
    assert "<code>import</code></th><td>query</td>" in shown


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, "anything"),
        ({"type": "integer", "minimum": 1, "maximum": 1000}, "integer, at least 1, at most 1000"),
        ({"type": "string", "pattern": "^<b>$"}, "string, that matches <code>^&lt;b&gt;$</code>"),
        ({"type": "string", "format": "date-time"}, "string, as date-time"),
        ({"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]}, "string, at most 9 long or null"),
        ({"enum": ["a", 1]}, "<code>&#34;a&#34;</code>, <code>1</code>"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Call"}}, 'list of <a href="#object-Call">Call</a>'),
        ({"type": "array", "items": {"anyOf": [{"type": "string"}, {}]}}, "list of (string or anything)"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object, each value integer"),
        ({"type": "object", "properties": {"<": {"const": True}}}, "object with <code>&lt;</code>: <code>true</code>"),
        ({"type": "object", "additionalProperties": False}, "object"),
    ],
)
def test_a_schema_is_said_in_words_and_escaped(schema: Schema, words: str) -> None:
    assert kind(schema) == words


def test_every_role_sees_the_same_and_nobody_else_sees_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get("/docs")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fdocs")
        for role in ROLES:
            await sign_in(stage, role)
            assert HTML in await load(stage, "/docs")

    play(tmp_path, scene, **GUARDED)
