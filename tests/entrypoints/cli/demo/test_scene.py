import csv
import json
from pathlib import Path

import pytest

from entrypoints.cli.demo.scene import BAD_NUMBER, RECONCILE_AFTER_SECONDS, Scene
from entrypoints.sandbox.settings import SandboxSettings
from entrypoints.settings import load_settings


def test_the_people_are_all_different_but_for_a_bad_and_a_repeated_row(tmp_path: Path) -> None:
    scene = Scene(tmp_path, 40, 7)

    scene.write_files()

    with scene.recipients_file.open(newline="") as file:
        numbers = [row["number"] for row in csv.DictReader(file)]
    assert (len(numbers), len(set(numbers)), numbers.count(BAD_NUMBER), numbers.count(numbers[0])) == (42, 41, 1, 2)
    assert all(number.startswith("+1555") for number in numbers if number != BAD_NUMBER)
    assert json.loads((tmp_path / "campaign.json").read_text()) == scene.campaign


def test_few_people_are_enough(tmp_path: Path) -> None:
    Scene(tmp_path, 1, 7).write_files()

    assert (tmp_path / "recipients.csv").read_text().splitlines() == [
        "number,first_name",
        "+15551240000,Ada",
        "555-1234,Iris",
        "+15551240000,Ada",
    ]


def test_its_environment_is_all_known_settings(tmp_path: Path) -> None:
    settings = load_settings(Scene(tmp_path, 12, 7).environment("http://127.0.0.1:1", 8123))

    assert (settings.home, settings.port, settings.warnings) == (tmp_path / "data", 8123, ())
    settings.require_api_key()


@pytest.mark.parametrize("recipients", [12, 40, 200, 500])
def test_the_balance_runs_out_and_the_account_has_room_for_somebody_else(tmp_path: Path, recipients: int) -> None:
    scene = Scene(tmp_path, recipients, 7)
    words = scene.sandbox_arguments()[1:]
    options = dict(zip(words[::2], words[1::2], strict=True))
    settings = SandboxSettings().changed(
        {name[2:].replace("-", "_"): value for name, value in options.items() if name not in {"--api-key", "--log"}}
    )

    assert settings.balance == scene.balance
    assert scene.balance < scene.recipients * settings.reserve_per_call / 2 < scene.top_up
    assert settings.calls_per_second > scene.calls_per_second
    assert settings.calls_at_once > scene.calls_at_once
    assert settings.ring_seconds.max + settings.talk_seconds.max < RECONCILE_AFTER_SECONDS
    assert scene.campaign["limits"]["calls_per_second"] == scene.calls_per_second
