from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.errors import SettingsError
from entrypoints.settings import VARIABLES, Settings, described, form_of, load_settings
from entrypoints.settings_file import FILE_BYTES_MAX


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "dialtrail.env"


def write(file: Path, text: str | bytes, mode: int = 0o600) -> Path:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)
    return file


def refusal(file: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings({}, file)
    return str(caught.value)


def test_a_file_that_is_not_there_sets_nothing(file: Path) -> None:
    assert load_settings({}, file) == load_settings({})


def test_the_file_sets_what_the_environment_does_not(file: Path) -> None:
    write(file, "# ours\n\nDIALTRAIL_PORT=8123\nexport DIALTRAIL_HOST='127.0.0.2' # here\nMINIVOICE_WEBHOOK_SECRET=\n")

    settings = load_settings({"DIALTRAIL_HOST": "127.0.0.3", "MINIVOICE_API_KEY": "k"}, file)

    assert (settings.port, settings.host, settings.webhook_secret) == (8123, "127.0.0.3", None)
    assert settings.sources == {
        "DIALTRAIL_PORT": f"{file}, line 3",
        "DIALTRAIL_HOST": "environment",
        "MINIVOICE_API_KEY": "environment",
    }


def test_an_empty_variable_of_the_environment_unsets_what_the_file_sets(file: Path) -> None:
    write(file, "DIALTRAIL_PORT=8123\n")

    assert load_settings({"DIALTRAIL_PORT": ""}, file) == load_settings({})


def test_values_are_taken_as_they_stand(file: Path) -> None:
    write(file, "MINIVOICE_WEBHOOK_SECRET=' $HOME # {x} '\nDIALTRAIL_TOKENS=ann:operator:a$b,bob:viewer:c\n")

    settings = load_settings({}, file)

    assert settings.webhook_secret == SecretStr(" $HOME # {x} ")
    assert [one.token for one in settings.tokens] == [SecretStr("a$b"), SecretStr("c")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n\nDIALTRAIL_PORT\n", ", line 3: is not a setting; write NAME=value, or put a # before it"),
        ("A=1\n\n  'DIALTRAIL_PORT\n", ", line 3: is not a setting; "),
        ("A=1\nMINIVOICE_API_KEY='s3cret\n", ", line 2: is not a setting; "),
        (b"\xff", ", line 1: is not UTF-8; save the file as UTF-8"),
        (b"A=1\n#\xff", ", line 2: is not UTF-8; "),
        (b" " * (FILE_BYTES_MAX + 1), f": is larger than {FILE_BYTES_MAX} bytes; "),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_never_shown(file: Path, text: str | bytes, said: str) -> None:
    found = refusal(write(file, text))

    assert found.startswith(f"{file}{said}")
    assert "s3cret" not in found


def test_a_wrong_value_is_named_with_its_line(file: Path) -> None:
    assert refusal(write(file, "\nDIALTRAIL_PORT=s3cret\n")) == (
        f"DIALTRAIL_PORT: cannot be used; write a port from 0 (any free one) to 65535 (it stands in {file}, line 2)"
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: cannot be read (Is a directory); mend its rights, or move it away"


def test_a_name_that_is_no_setting_and_one_that_stands_twice_are_warnings(file: Path) -> None:
    write(file, "DIALTRAIL_PROT=1\nDIALTRAIL_PORT=8001\nDIALTRAIL_PORT=8002\nCOLOUR=red\n")

    settings = load_settings({}, file)

    assert settings.port == 8002
    assert settings.warnings == (
        f"{file}, line 3: DIALTRAIL_PORT stands in line 2, too",
        f"{file}, line 1: DIALTRAIL_PROT is not a setting; did you mean DIALTRAIL_PORT?",
        f"{file}, line 4: COLOUR is not a setting",
    )


def test_a_secret_that_everybody_may_read_is_a_warning(file: Path) -> None:
    write(file, "MINIVOICE_API_KEY=k\nMINIVOICE_WEBHOOK_SECRET=\nDIALTRAIL_PORT=1\n", 0o644)

    said = f"{file}: everybody on this machine may read MINIVOICE_API_KEY in it; run: chmod 600 {file}"
    assert load_settings({}, file).warnings == (said,)
    assert load_settings({}, write(file, "DIALTRAIL_PORT=1\n", 0o644)).warnings == ()


def test_a_file_that_everybody_may_write_is_refused(file: Path) -> None:
    assert refusal(write(file, "", 0o606)) == f"{file}: everybody on this machine may write it; run: chmod 600 {file}"


def test_the_current_folders_file_is_read_with_the_process_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, "DIALTRAIL_RECONCILE_AFTER_SECONDS=7\n")
    monkeypatch.chdir(file.parent)
    monkeypatch.delenv("DIALTRAIL_RECONCILE_AFTER_SECONDS", raising=False)

    settings = load_settings()

    assert settings.reconcile_after_seconds == 7
    assert settings.sources["DIALTRAIL_RECONCILE_AFTER_SECONDS"] == "dialtrail.env, line 1"


def test_settings_are_described_with_their_source_and_without_their_secrets(file: Path) -> None:
    write(file, "MINIVOICE_API_KEY=s3cret\nDIALTRAIL_TOKENS=ann:operator:s3cret\nDIALTRAIL_ONLY_NUMBERS=+15551230002\n")

    found = described(load_settings({"DIALTRAIL_PORT": "0"}, file))

    shown = {variable: (value, source) for variable, value, source, _ in found}
    assert list(shown) == list(VARIABLES)
    assert all(means for *_, means in found)
    assert {name: one for name, one in shown.items() if one[1] != "default"} == {
        "MINIVOICE_API_KEY": ("set", f"{file}, line 1"),
        "DIALTRAIL_TOKENS": ("set: ann (operator)", f"{file}, line 2"),
        "DIALTRAIL_ONLY_NUMBERS": ("1 number", f"{file}, line 3"),
        "DIALTRAIL_PORT": ("0", "environment"),
    }
    assert shown["MINIVOICE_TIMEOUT_SECONDS"] == ("10", "default")
    assert shown["MINIVOICE_WEBHOOK_SECRET"] == ("", "default")
    assert "s3cret" not in repr(found)


def test_every_variable_says_what_to_write() -> None:
    assert [name for name in VARIABLES if not form_of(name).startswith("write ")] == []
    assert Settings().sources == {}
