import csv
import json
from pathlib import Path

from entrypoints.cli.demo.scene import BAD_NUMBER, Scene
from entrypoints.settings import load_settings


def test_the_people_are_all_different_but_for_a_bad_and_a_repeated_row(tmp_path: Path) -> None:
    scene = Scene(tmp_path, 40, 7)

    scene.write_files()

    with scene.recipients_file.open(newline="") as file:
        numbers = [row["number"] for row in csv.DictReader(file)]
    assert (len(numbers), len(set(numbers)), numbers.count(BAD_NUMBER), numbers.count(numbers[0])) == (42, 41, 1, 2)
    assert all(number.startswith("+1555") for number in numbers if number != BAD_NUMBER)
    assert json.loads(scene.campaign_file.read_text())["id"] == "demo"


def test_few_people_are_enough(tmp_path: Path) -> None:
    Scene(tmp_path, 1, 7).write_files()

    assert (tmp_path / "recipients.csv").read_text().splitlines() == [
        "number,first_name",
        "+15551240000,Ada",
        "555-1234,Iris",
        "+15551240000,Ada",
    ]


def test_its_environment_is_all_known_settings(tmp_path: Path) -> None:
    settings = load_settings(Scene(tmp_path, 1, 7).environment("http://127.0.0.1:1"))

    assert (settings.home, settings.port, settings.warnings) == (tmp_path / "data", 0, ())
    settings.require_api_key()
