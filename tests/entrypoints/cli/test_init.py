import re
import stat
import tomllib
from pathlib import Path

from adapters.documents.campaign import parse_campaign
from adapters.recipient_file import RecipientRow, read_recipients, rows_at
from entrypoints.cli.init import settings_text
from entrypoints.settings import VARIABLES, Settings, load_settings
from tests.entrypoints.cli.conftest import Run

NAMES = ("dialtrail.env", "campaign.toml", "recipients.csv")


def test_it_writes_three_files_and_says_what_comes_next(dialtrail: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "calls"

    code, data, talk = dialtrail("init", "--folder", str(folder))

    assert (code, data.splitlines()) == (0, [str(folder / name) for name in NAMES])
    assert talk.splitlines() == [
        f"next, in {folder}: dialtrail up --sandbox, which needs no key and calls nobody",
        "or write your MiniVoice key and webhook secret into dialtrail.env there; then: dialtrail up",
    ]
    assert stat.S_IMODE((folder / "dialtrail.env").stat().st_mode) == 0o600


def test_what_it_writes_is_accepted_as_it_is(dialtrail: Run, tmp_path: Path) -> None:
    dialtrail("init")

    settings = load_settings({}, tmp_path / "dialtrail.env")
    assert settings.answer_token is not None
    made = {"answer_token", "sources"}
    assert settings.model_dump(exclude=made) == Settings().model_dump(exclude=made)
    campaign_id, _ = parse_campaign(tomllib.loads((tmp_path / "campaign.toml").read_text()))
    rows = list(rows_at(tmp_path / "recipients.csv", "file", read_recipients))
    assert campaign_id == "spring_followup"
    assert [type(row) for row in rows] == [RecipientRow] * 4


def test_each_folder_gets_an_answer_token_of_its_own_that_is_long_enough(dialtrail: Run, tmp_path: Path) -> None:
    found = set()
    for name in ("one", "two"):
        dialtrail("init", "--folder", str(tmp_path / name))
        settings = load_settings({}, tmp_path / name / "dialtrail.env")
        assert settings.short_tokens == []
        assert settings.answer_token is not None
        found.add(settings.answer_token.get_secret_value())
    assert len(found) == 2


def test_its_script_is_live(dialtrail: Run, tmp_path: Path) -> None:
    dialtrail("init")

    _, plan = parse_campaign(tomllib.loads((tmp_path / "campaign.toml").read_text()))
    assert plan.script is not None
    assert (plan.script["start"], len(plan.script["steps"])) == ("greeting", 5)
    code, data, talk = dialtrail("script", "check", "campaign.toml")
    assert (code, "warning" in data + talk) == (0, False), data + talk


def test_every_setting_stands_in_the_file_with_its_default(tmp_path: Path) -> None:
    lines = settings_text("").splitlines()
    written = [line.removeprefix("#") for line in lines if re.match(r"#?[A-Z_]+=", line)]

    assert [line.partition("=")[0] for line in written] == list(VARIABLES)
    file = tmp_path / "all.env"
    file.write_text("\n".join(written))
    file.chmod(0o600)
    assert load_settings({}, file).model_dump(exclude={"sources"}) == Settings().model_dump(exclude={"sources"})


def test_what_exists_stays_as_it_is_and_nothing_else_is_written(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text("mine")
    (tmp_path / "recipients.csv").symlink_to("nowhere")

    code, data, talk = dialtrail("init")

    assert (code, data) == (1, "")
    assert talk == (
        "dialtrail: campaign.toml, recipients.csv: exists, and nothing was written; "
        "move it away, or choose another --folder\n"
    )
    assert (tmp_path / "campaign.toml").read_text() == "mine"
    assert not (tmp_path / "dialtrail.env").exists()


def test_a_folder_that_cannot_be_made_is_told(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    code, data, talk = dialtrail("init", "--folder", str(tmp_path / "file"))

    assert (code, data, talk.count("\n")) == (1, "", 1)
    assert str(tmp_path / "file") in talk
