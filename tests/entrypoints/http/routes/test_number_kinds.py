"""Numbers of a kind of their own, as whoever asks over HTTP meets them."""

from pathlib import Path

from application.commands.campaigns import create_campaign
from domain.campaign import Plan
from tests.entrypoints.serving import FROM, SPRING, TO, Serving, play

EMERGENCY, PREMIUM, ANOTHER_PREMIUM, SATELLITE = "+112", "+19005557102", "+499005557102", "+882162345670"
NUMBERS = (EMERGENCY, PREMIUM, ANOTHER_PREMIUM, SATELLITE, "+881623456702")
PATH = "/v1/campaigns/spring_followup"


async def waiting(stage: Serving) -> tuple[int, int]:
    """How many are held, how many queued."""
    counts = (await stage.json(PATH))["recipients"]
    return counts["held"], counts["queued"]


def test_none_is_called_because_it_stands_in_a_list_and_everybody_says_so(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        rows = {"recipients": [{"number": number} for number in (*NUMBERS, TO)]}
        said = (await stage.client.post(f"{PATH}/recipients", json=rows)).json()
        assert [(one["line"], one["rows"]) for one in said["warnings"]] == [(1, 1), (2, 2), (4, 2), (6, 1)]
        assert said["warnings"][1]["reason"] == (
            "is of a kind of its own (premium); it is called only where policy.allow_kinds names that"
        )
        found = await stage.json(f"{PATH}/preflight")
        assert (found["callable_now"], found["not_dialable"]) == (1, {"number_kind": 5})
        says = {one["about"]: one["says"] for one in found["warnings"]}
        assert says["number_kind"] == (
            "5 numbers are of a kind of their own (1 emergency, 2 premium, 2 satellite): "
            "not called unless policy.allow_kinds names the kind"
        )
        assert (await stage.client.post(f"{PATH}/start")).status_code == 200
        assert await waiting(stage) == (5, 1)
        explained = await stage.json(f"{PATH}/recipients/{PREMIUM}/explain")
        assert (explained["status"], explained["reason"]) == ("held", "number_kind")
        assert explained["rules"][0]["inputs"] == {"kind": "premium", "allowed": ""}
        assert (await stage.json("/v1/views/compare"))["items"] == []

    play(tmp_path, scene)


def test_a_kind_is_called_once_a_revision_names_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(*NUMBERS)
        revision = {"reason": "the help line is theirs", "policy": {"allow_kinds": ["satellite", "premium"]}}
        preview = (await stage.client.post(f"{PATH}/revise", json={**revision, "preview": True})).json()
        changed = {one["field"]: (one["before"], one["after"]) for one in preview["changes"]}
        assert changed["policy.allow_kinds"] == ([], ["premium", "satellite"])
        assert (await stage.client.post(f"{PATH}/revise", json=revision)).status_code == 200
        assert await waiting(stage) == (1, 4)
        assert (await stage.json(PATH))["policy"] == {"allow_kinds": ["premium", "satellite"]}

    play(tmp_path, scene)


def test_a_campaign_of_an_earlier_release_goes_on_until_it_is_revised_with_the_rule(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.do(create_campaign("spring_followup", Plan(caller_number=FROM)))
        again = await stage.client.post("/v1/campaigns", json=SPRING)
        assert again.status_code == 200, again.text
        await stage.enroll(*NUMBERS)
        assert await waiting(stage) == (0, 5)
        says = {one["about"]: one["says"] for one in (await stage.json(f"{PATH}/preflight"))["warnings"]}
        assert "older than that rule" in says["number_kind"]
        await stage.client.post(f"{PATH}/revise", json={"reason": "slower", "policy": {"attempts_max": 2}})
        assert await waiting(stage) == (0, 5)
        await stage.client.post(f"{PATH}/revise", json={"reason": "carefully", "policy": {"allow_kinds": []}})
        assert await waiting(stage) == (5, 0)

    play(tmp_path, scene)


def test_a_kind_that_there_is_not_is_refused_by_name(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for kinds in (["cheap"], "premium", ["premium", 7]):
            refused = await stage.client.post("/v1/campaigns", json={**SPRING, "policy": {"allow_kinds": kinds}})
            assert (refused.status_code, refused.json()["field"].partition("[")[0]) == (400, "policy.allow_kinds")

    play(tmp_path, scene)
