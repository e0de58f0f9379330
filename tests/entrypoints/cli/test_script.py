import json
import sys
from pathlib import Path

import pytest

from tests.domain.script.given import MENU
from tests.entrypoints.cli.conftest import Run

TOML = """\
id = "spring"
from = "+15551230001"

[script]
start = "greeting"

[script.steps.greeting]
actions = [
    {say = "Hello {name}."},
    {send_digits = {digits = "1w", pause_before_ms = 5}},
    {hold = {}},
]
next = "menu"

[script.steps.menu]
gather = {prompt = "Press 1.", timeout_seconds = 7}
on = {1 = "agent", 3 = "agent"}
no_input = "goodbye"
invalid = "menu"
tries_max = 2

[script.steps.agent]
conference = {room = "team", mute = false}
otherwise = "goodbye"

[script.steps.goodbye]
actions = [{say = "Goodbye."}]
end = true
"""
TREE = """\
answered: greeting
├── say “Hello Ada.”
├── send digits (digits=1w, pause_before_ms=5)
├── hold
└── then: menu (asked up to 2 times)
    ├── ask “Press 1.” (timeout_seconds=7)
    ├── pressed 1 or 3: agent
    │   ├── conference (room=team, mute=false)
    │   └── if that fails and MiniVoice goes on: goodbye
    │       ├── say “Goodbye.”
    │       └── the end
    ├── nothing pressed, not known in time what was pressed, no try left: goodbye (told elsewhere)
    └── other digits: menu (told elsewhere)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spring.toml"
    path.write_text(TOML)
    return path


def test_a_sound_script_is_told_in_figures(dialtrail: Run, file: Path) -> None:
    assert dialtrail("script", "check", str(file)) == (
        0,
        f"{file}: nothing is wrong; 4 steps, at most 4 answers in one call; every recipient needs name\n",
        "",
    )
    code, data, _ = dialtrail("script", "check", str(file), "--json")
    assert (code, json.loads(data)) == (
        0,
        {"ok": True, "faults": [], "steps": 4, "answers_max": 4, "variables": ["name"], "defaults": []},
    )


def test_a_script_in_a_file_of_its_own_is_checked_too(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "menu.json").write_text(json.dumps(MENU))

    code, data, talk = dialtrail("script", "check", "menu.json")
    assert (code, talk) == (0, "")
    assert data.endswith("at most 5 answers in one call; every recipient needs name; with a default: day\n")


def test_every_fault_is_told_with_its_line(dialtrail: Run, file: Path) -> None:
    file.write_text(
        TOML.replace("tries_max = 2", "tries_max = 20").replace("timeout_seconds = 7", "timeout_seconds = 0")
    )
    at_gather = "script.steps.menu.gather.timeout_seconds: input should be greater than or equal to 1"
    at_tries = "script.steps.menu.tries_max: input should be less than or equal to 10"

    assert dialtrail("script", "check", str(file)) == (
        2,
        "",
        f"dialtrail: {file}, line 16: {at_gather}\ndialtrail: {file}, line 20: {at_tries}\n",
    )
    code, data, talk = dialtrail("script", "check", str(file), "--json")
    assert (code, talk) == (2, "")
    assert json.loads(data) == {
        "ok": False,
        "faults": [
            dict(zip(("field", "reason"), fault.split(": ", 1), strict=True)) for fault in (at_gather, at_tries)
        ],
    }


def test_a_fault_of_how_steps_hang_together_is_told_with_its_line(dialtrail: Run, file: Path) -> None:
    file.write_text(TOML.replace('no_input = "goodbye"', 'no_input = "bye"').replace('1 = "agent"', '1 = "boss"'))
    there = "which there is not; there are greeting, menu, agent, goodbye"

    said = (
        f"dialtrail: {file}, line 17: script.steps.menu.on.1: names step boss, {there}\n"
        f"dialtrail: {file}, line 18: script.steps.menu.no_input: names step bye, {there}\n"
    )
    assert dialtrail("script", "check", str(file)) == (2, "", said)
    assert dialtrail("script", "preview", str(file)) == (2, "", said)


def test_a_step_as_a_whole_is_found_at_its_heading(dialtrail: Run, file: Path) -> None:
    file.write_text(TOML + '\n[script.steps.island]\nactions = [{say = "?"}]\nend = true\n')

    assert dialtrail("script", "check", str(file)).talk == (
        f"dialtrail: {file}, line 30: script.steps.island: is reached from nowhere; "
        "name it in another step, or take it out\n"
    )


def test_a_campaign_without_a_script_says_so(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "plain.toml").write_text('id = "spring"\n')

    assert dialtrail("script", "check", "plain.toml") == (
        2,
        "",
        "dialtrail: plain.toml: script: is missing; write [script] with start, and [script.steps.NAME] for each step\n",
    )
    assert dialtrail("script", "check", "none.toml").code == 2


def test_the_preview_is_a_tree_of_what_can_be_heard(dialtrail: Run, file: Path) -> None:
    assert dialtrail("script", "preview", str(file), "--var", "name=Ada") == (0, TREE, "")


def test_a_variable_without_a_value_is_shown_and_told(dialtrail: Run, file: Path) -> None:
    code, data, talk = dialtrail("script", "preview", str(file), "--var", "other=x")

    assert code == 0
    assert data.startswith("answered: greeting\n├── say “Hello {name}.”\n")
    assert data.endswith("where a variable is missing: say “We are sorry, we cannot go on with this call. Goodbye.”\n")
    assert talk == "without a value here: name; give it like --var name=VALUE\n"


def test_the_step_for_missing_variables_is_a_tree_of_its_own_or_named(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "menu.json").write_text(json.dumps(MENU))
    (tmp_path / "goodbye.json").write_text(
        json.dumps(
            {
                **MENU,
                "on_missing_variable": "goodbye",
                "steps": {k: v for k, v in MENU["steps"].items() if k != "anonymous"},
            }
        )
    )

    own = dialtrail("script", "preview", "menu.json").data
    named = dialtrail("script", "preview", "goodbye.json").data
    assert own.endswith(
        "where a variable is missing: anonymous\n├── say “Hello, your parcel comes soon.”\n└── then: menu (told elsewhere)\n"
    )
    assert named.endswith("\nwhere a variable is missing: goodbye\n")


def test_the_preview_as_json(dialtrail: Run, file: Path) -> None:
    code, data, _ = dialtrail("script", "preview", str(file), "--json")
    shown = json.loads(data)

    assert (code, shown["missing"], shown["answers_max"]) == (0, ["name"], 4)
    (tree,) = shown["trees"]
    assert tree["actions"][0] == {"type": "say", "text": "Hello {name}."}
    assert tree["ways"][0]["scene"]["ways"][0]["pressed"] == ["1", "3"]


@pytest.mark.parametrize("given", ["name", "=Ada"])
def test_a_variable_must_be_a_name_and_a_value(given: str, dialtrail: Run, file: Path) -> None:
    assert dialtrail("script", "preview", str(file), "--var", given) == (
        2,
        "",
        "dialtrail: --var: must be a name and a value, like --var name=Ada\n",
    )


def test_what_a_script_says_cannot_steer_the_terminal(
    dialtrail: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    file.write_text(TOML.replace("Hello {name}.", "Hello \\u001b[31m[red]."))

    data = dialtrail("script", "preview", str(file)).data
    assert "Hello \\x1b[31m[red]." in data


def test_an_inbound_script_is_checked_and_shown_by_itself(dialtrail: Run, file: Path) -> None:
    inbound = """
[inbound_script]
start = "greeting"

[inbound_script.steps.greeting]
actions = [{say = "This is %s."}]
end = true
"""
    file.write_text(TOML + inbound % "Example")
    fine = f"{file}: nothing is wrong; 1 step, at most 1 answer in one call\n"
    assert dialtrail("script", "check", str(file), "--inbound") == (0, fine, "")
    told = "ringing back: greeting\n├── say “This is Example.”\n└── the end\n"
    assert dialtrail("script", "preview", str(file), "--inbound") == (0, told, "")
    file.write_text(TOML + inbound % "{name}")
    code, _, talk = dialtrail("script", "check", str(file), "--inbound")
    assert code == 2
    assert f"{file}, line 34: inbound_script.steps.greeting.actions[0].say: needs name" in talk


def test_a_script_that_does_not_say_what_the_policy_has_each_call_say_is_refused(dialtrail: Run, file: Path) -> None:
    asks = '\n[policy.disclosure]\nsays = "{}"\n'
    file.write_text(TOML + asks.format("an automated assistant"))
    code, _, talk = dialtrail("script", "check", str(file))
    assert (code, 'does not say "an automated assistant"' in talk) == (2, True)
    file.write_text(TOML + asks.format("hello"))
    assert dialtrail("script", "check", str(file))[0] == 0
    file.write_text(TOML + "\n[policy.disclosure]\nrequired = true\n")
    assert "policy.disclosure.says: is missing" in dialtrail("script", "check", str(file))[2]
