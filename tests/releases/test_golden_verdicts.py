"""Verdicts that were given once are given again, under the number of their rules and by their data, for as long as that is in the code."""

from pathlib import Path

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from adapters.rule_data import installed_rule_data
from domain.dialing import DATA_MISSING, RULES, RULES_KEPT, RULES_NUMBER, Verdict
from scripts.releases import keep_verdicts
from tests.releases import golden_verdicts
from tests.releases.golden_verdicts import FOLDER, GoldenVerdict, golden, kept_numbers, recomputed
from tests.releases.verdict_cases import cases

KEPT = [one for number in kept_numbers() for one in golden(number)]
BY_DATA = DATA_MISSING | {"holiday", "number_kind", "outside_hours", "zone_unknown"}
"""Rules that newer zone, holiday or number data may answer otherwise; every other verdict comes out the same by any."""
TODAY = {one.name: one for one in golden(RULES_NUMBER)}


@pytest.mark.parametrize(
    "one", [one for one in KEPT if one.rules in RULES_KEPT], ids=lambda one: f"{one.rules}: {one.name}"
)
def test_a_verdict_of_rules_that_are_in_the_code_is_given_again_to_the_byte(one: GoldenVerdict) -> None:
    found = msgspec.json.encode(recomputed(one))
    if found != bytes(one.verdict) and one.rule_data != installed_rule_data() and _hangs_on_data(one):
        pytest.skip("it was given by other rule data, and comes out otherwise by that which is installed")
    assert msgspec.json.decode(found) == msgspec.json.decode(one.verdict)
    assert found == bytes(one.verdict)


def test_some_are_kept_of_each_number_that_the_code_has_and_of_each_of_its_rules() -> None:
    assert set(kept_numbers()) >= RULES_KEPT
    assert RULES_NUMBER in RULES_KEPT
    against = {reason.rule for one in TODAY.values() for reason in _verdict(one).reasons}
    assert against == set(RULES)
    assert sum(_verdict(one).may_dial for one in TODAY.values()) >= 10
    assert all(one.rules == number for number in kept_numbers() for one in golden(number))


def test_each_case_is_kept_as_it_is_made_today() -> None:
    made = {one.name: one for one in cases()}
    assert sorted(made) == sorted(TODAY)
    for name, one in made.items():
        assert (one.events, one.judged_at) == (TODAY[name].events, TODAY[name].judged_at), name


def test_what_is_kept_is_added_to_and_never_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (golden_verdicts, keep_verdicts):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    file, whole = tmp_path / f"rules-{RULES_NUMBER}.jsonl", (FOLDER / f"rules-{RULES_NUMBER}.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-2]))
    assert keep_verdicts.main() == 0
    assert [msgspec.json.decode(line)["name"] for line in file.read_bytes().splitlines()] == [*TODAY]
    assert keep_verdicts.main() == 0
    first = replace(golden(RULES_NUMBER)[0], verdict=Raw(b"{}"))
    altered = msgspec.json.encode(first) + b"\n" + b"".join(lines[1:])
    file.write_bytes(altered)
    assert keep_verdicts.main() == 1
    assert file.read_bytes() == altered
    assert "raise RULES_NUMBER first" in capsys.readouterr().out


def _hangs_on_data(one: GoldenVerdict) -> bool:
    return any(reason.rule in BY_DATA for reason in _verdict(one).reasons)


def _verdict(one: GoldenVerdict) -> Verdict:
    return msgspec.json.decode(one.verdict, type=Verdict)
