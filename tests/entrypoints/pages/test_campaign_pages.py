import html as html_texts
import re
from datetime import timedelta
from pathlib import Path

import pytest

from domain.account import pause
from domain.dial_outcome import Refused
from domain.identity import account_stream
from tests.entrypoints.pages.staging import ACT_PAGES, GUARDED, confirm, form_token, load, sign_in
from tests.entrypoints.serving import FINGERPRINT, FROM, OPERATOR, OTHER, TO, Serving, payload, play

PAGE = "/campaigns/spring_followup"


def answer_on(html: str) -> str:
    found = re.search(r'id="answer">([^<]*)<', html)
    assert found, html
    return html_texts.unescape(found[1])


def figure_on(html: str, name: str) -> str:
    found = re.search(rf'id="figure-{name}"><dt>[^<]*</dt><dd>([^<]*)</dd>', html)
    assert found, html
    return found[1]


async def made(stage: Serving, *numbers: str, **more: object) -> None:
    body = {"id": "spring_followup", "from": FROM, **more}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    if numbers:
        await stage.enroll(*numbers)


def test_an_operator_starts_pauses_resumes_and_cancels_and_is_asked_each_time(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO, OTHER)
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        for verb, event, afterwards in (
            ("start", "campaign.started", {"pause", "cancel"}),
            ("pause", "campaign.paused", {"resume", "cancel"}),
            ("resume", "campaign.resumed", {"pause", "cancel"}),
            ("cancel", "campaign.canceled", set()),
        ):
            stored = stage.feed()
            html = await load(stage, f"{PAGE}/{verb}")
            assert stage.feed() == stored
            assert f"{verb.capitalize()} spring_followup" in html
            done = await stage.client.post(f"{PAGE}/{verb}", data={"form_token": form_token(html)})
            assert (done.status_code, done.headers["location"]) == (303, PAGE)
            assert [one.name for one in stage.feed()[len(stored) :]] == [event]
            assert stage.feed()[-1].metadata["actor"] == "operator:olga"
            assert set(re.findall(r'id="act-(\w+)"', await load(stage, PAGE))) == afterwards
        again = await confirm(stage, f"{PAGE}/start")
        assert (again.status_code, "is canceled" in again.text) == (409, True)

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("path", ACT_PAGES)
@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_is_asked_or_does_it(tmp_path: Path, path: str, role: str) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        await stage.client.post("/v1/campaigns", json={"id": "careful", "from": FROM})
        del stage.client.headers["authorization"]
        await sign_in(stage, role)
        stored = stage.feed()
        html = await load(stage, PAGE)
        assert 'id="act-' not in html
        for answer in (
            await stage.client.get(path),
            await stage.client.post(path, data={"form_token": form_token(html)}),
        ):
            assert (answer.status_code, f"the role {role} may not do this" in answer.text) == (403, True)
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        del stage.client.headers["authorization"]
        await sign_in(stage, "viewer")
        viewers = form_token(await load(stage, "/"))
        await sign_in(stage, "operator")
        right = {"form_token": form_token(await load(stage, f"{PAGE}/start"))}
        stored = stage.feed()
        path = f"{PAGE}/start"
        for fields, headers in (
            ({}, {}),
            ({"form_token": ""}, {}),
            ({"form_token": "0" * 32}, {}),
            ({"form_token": "ä"}, {}),
            ({"form_token": viewers}, {}),
            (right, {"origin": "https://attacker.example"}),
            (right, {"origin": "null"}),
            (right, {"sec-fetch-site": "cross-site"}),
            (right, {"sec-fetch-site": "same-site"}),
        ):
            answer = await stage.client.post(path, data=fields, headers=headers)
            assert (fields, headers, answer.status_code) == (fields, headers, 403)
        too_long = await stage.client.post(path, data={**right, "more": "x" * 20_000})
        assert too_long.status_code == 413
        no_form = await stage.client.post(path, content=b"\xff\xfe=1")
        assert no_form.status_code == 400
        stage.client.cookies.clear()
        assert (await stage.client.post(path, data=right)).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


def test_a_start_may_be_a_canary(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, OTHER)
        for wrong in ("x", "-1", "1" * 10):
            assert (await confirm(stage, f"{PAGE}/start", canary=wrong)).status_code == 400
        assert (await confirm(stage, f"{PAGE}/start", canary="1")).status_code == 303
        assert stage.names()[-1] == "campaign.started"
        assert (await stage.json("/v1/campaigns/spring_followup/preflight"))["estimate"]["to_call"] == 2

    play(tmp_path, scene)


def test_a_change_that_waits_is_shown_and_another_operator_approves_or_declines_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO, policy={"needs_approval": True})
        for reason in ("louder", "faster"):
            revision = {"limits": {"calls_per_second": 2}, "reason": reason}
            assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=revision)).status_code == 202
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        assert (await confirm(stage, f"{PAGE}/start")).headers["location"] == PAGE
        html = await load(stage, PAGE)
        assert "Waits for a second person" in html
        assert "Reason: faster" in html
        assert "louder" not in html
        decline, start = (
            [path for path in re.findall(rf'href="({PAGE}/changes/[^"]*)"', html) if path.endswith(verb)][place]
            for verb, place in (("/decline", 0), ("/approve", 1))
        )
        own = await confirm(stage, start)
        assert (own.status_code, "olga" in own.text) == (409, True)
        stage.client.cookies.clear()
        signed_in = await stage.client.post("/sign-in", data={"token": "second-token"})
        assert signed_in.status_code == 303
        assert (await confirm(stage, decline, reason="not now")).status_code == 303
        assert (await confirm(stage, start)).status_code == 303
        assert stage.names()[-3:] == ["campaign.change_declined", "campaign.change_approved", "campaign.started"]
        assert "Waits for a second person" not in await load(stage, PAGE)
        plan = await load(stage, f"{PAGE}/plan")
        assert "Why: not now" in plan
        assert "No change of this campaign has that id" in await load(stage, f"{PAGE}/changes/nothing/approve")

    play(tmp_path, scene, **GUARDED)


def test_the_first_tab_answers_why_nobody_is_being_called(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        hours = {"weekdays": ["09:00-20:00"]}
        await made(stage, policy={"hours": hours, "default_zone": "America/New_York"})
        assert answer_on(await load(stage, PAGE)) == "It has not been started. 0 could be called now."
        await stage.client.post("/v1/campaigns/spring_followup/start")
        assert answer_on(await load(stage, PAGE)) == "Nobody is enrolled."
        await stage.enroll(TO, OTHER)
        html = await load(stage, PAGE)
        assert answer_on(html) == (
            "Nobody can be called now: 2 wait for their hours or a gap to pass. "
            "The next of them can be called at 2026-05-29 13:00 UTC."
        )
        assert (figure_on(html, "waiting"), figure_on(html, "callable-now")) == ("2", "0")
        stage.clock.now += timedelta(hours=2)
        html = await load(stage, PAGE)
        assert answer_on(html) == "2 people are next in the queue."
        assert (figure_on(html, "waiting"), figure_on(html, "callable-now")) == ("0", "2")
        await stage.dial(TO, "call_1")
        html = await load(stage, PAGE)
        assert answer_on(html) == "1 person is being called at this moment."
        assert figure_on(html, "in-flight") == "1"
        await stage.client.post("/v1/suppressions", json={"number": OTHER})
        await stage.deliver(payload("call.completed", seconds=7300))
        html = await load(stage, PAGE)
        assert answer_on(html) == "Nobody is left to call."
        assert (figure_on(html, "suppressed"), figure_on(html, "done")) == ("1", "1")
        await stage.client.post("/v1/campaigns/spring_followup/cancel")
        assert answer_on(await load(stage, PAGE)) == "It is canceled: nobody is called any more."

    play(tmp_path, scene)


def test_a_pause_says_its_cause_all_that_was_said_and_what_to_do(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO, OTHER)
        del stage.client.headers["authorization"]
        body = '{"error":{"code":"insufficient_balance","message":"no credit"}}'
        decide = lambda tx: tx.append(  # noqa: E731
            account_stream(FINGERPRINT),
            pause(tx.account(FINGERPRINT), "provider", status=402, code="insufficient_balance", body=body),
        )
        await stage.do(decide)
        for role in ("operator", "viewer"):
            await sign_in(stage, role)
            html = html_texts.unescape(await load(stage, PAGE))
            assert answer_on(html) == "The account is paused: the balance behind the key is used up."
            assert "add balance at MiniVoice, then resume" in html
            assert (body in html) == (role == "operator")
        await sign_in(stage, "operator")
        done = await confirm(stage, f"{PAGE}/resume")
        assert (done.status_code, "every running campaign on it dials again" in done.text) == (200, True)

    play(tmp_path, scene, **GUARDED)


def test_error_codes_come_with_the_last_body(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO, OTHER)
        del stage.client.headers["authorization"]
        for number, said in ((TO, "first"), (OTHER, "last")):
            refused = Refused(status=400, code="invalid_request", body=said, concerns="recipient", counts=False)
            await stage.settle(await stage.start(number, f"att_{said}"), refused)
        await sign_in(stage, "operator")
        html = await load(stage, PAGE)
        assert '<pre class="body">last</pre>' in html
        assert '<pre class="body">first</pre>' not in html
        await sign_in(stage, "viewer")
        html = await load(stage, PAGE)
        assert "invalid_request (HTTP 400)" in html
        assert ">last</pre>" not in html

    play(tmp_path, scene, **GUARDED)


def test_a_chart_shows_the_pace_of_the_last_hour(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        assert "No calls in the whole minutes of the last hour" in await load(stage, PAGE)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", seconds=1))
        stage.clock.now += timedelta(minutes=1)
        html = await load(stage, PAGE)
        assert "1 request left and 1 call was answered in the last hour; at most 1 a minute." in html
        assert (html.count('class="bar-sent"'), html.count('class="bar-answered"')) == (1, 1)
        stage.clock.now += timedelta(hours=2)
        assert "No calls in the whole minutes of the last hour" in await load(stage, PAGE)

    play(tmp_path, scene)


def test_recipients_are_filtered_searched_and_paged(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        numbers = [f"+1555{number:07}" for number in range(250)]
        await stage.campaign(*numbers)
        path, seen = f"{PAGE}/recipients", []
        while path:
            html = await load(stage, path)
            seen += re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', html)
            following = re.search(r'id="next-page" href="([^"]+)"', html)
            path = "" if following is None else html_texts.unescape(following[1])
        assert seen == numbers
        before = stage.ledger.position
        await stage.client.post("/v1/suppressions", json={"number": numbers[7]})
        html = await load(stage, f"{PAGE}/recipients?status=suppressed")
        assert re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', html) == [numbers[7]]
        assert "Nobody with status reached" in await load(stage, f"{PAGE}/recipients?status=reached")
        found = await stage.client.get(f"{PAGE}/recipients", params={"number": "+1 555 0000007"})
        assert (found.status_code, found.headers["location"]) == (303, f"{PAGE}/recipients/%2B15550000007")
        html = await load(stage, found.headers["location"])
        assert "this person is suppressed" in html
        past = await load(stage, f"{found.headers['location']}?as_of={before}")
        assert "this person is suppressed" not in past

    play(tmp_path, scene)


def test_the_mean_length_is_of_the_calls_that_were_answered(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, OTHER)
        assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
        for number, call_id, heard in (
            (TO, "call_1", [("call.answered", 3), ("call.completed", 33)]),
            (OTHER, "call_2", [("call.completed", 40)]),
        ):
            await stage.dial(number, call_id)
            for event, seconds in heard:
                assert (await stage.deliver(payload(event, call_id, seconds=seconds))).status_code == 204
        row = re.search(r'<th scope="row">completed</th>(.*?)</tr>', await load(stage, PAGE))
        assert row
        assert re.findall(r">([^<]+)<", row[1]) == ["2", "30.0 s", "30.0 s"]

    play(tmp_path, scene)
