"""A campaign's page, and what stands on it."""

import html as html_texts
import re

from tests.entrypoints.serving import FROM, Serving

PAGE = "/campaigns/spring_followup"


def answer_on(html: str) -> str:
    found = re.search(r'id="answer">(.*?)</p>', html)
    assert found, html
    return html_texts.unescape(re.sub("<[^>]*>", "", found[1]))


def figure_on(html: str, name: str) -> str:
    found = re.search(rf'id="figure-{name}"><dt>[^<]*</dt><dd>([^<]*)</dd>', html)
    assert found, html
    return found[1]


async def made(stage: Serving, *numbers: str, **more: object) -> None:
    body = {"id": "spring_followup", "from": FROM, **more}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    if numbers:
        await stage.enroll(*numbers)
