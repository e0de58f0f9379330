"""Keeps verdicts of the rules as they are today, each with all that it was given by, for every later version to give again.

    .venv/bin/python scripts/releases/keep_verdicts.py

It adds what `tests/releases/verdict_cases.py` has and `tests/fixtures/verdicts/rules-N.jsonl` has not, N being the number of
today's rules. What stands there is never written again: where it comes out otherwise by now, a rule came to mean something
else, and `RULES_NUMBER` has to be raised first; this says so, and ends with code 1.
"""

import sys
from pathlib import Path

import msgspec
from msgspec import Raw
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.zone_files import use_newest_zone_files
from domain.dialing import RULES_NUMBER
from tests.releases.golden_verdicts import FOLDER, golden, recomputed
from tests.releases.verdict_cases import cases


def main() -> int:
    """How it ends."""
    use_newest_zone_files()
    known = {one.name: one for one in golden(RULES_NUMBER)}
    changed = [name for name, one in known.items() if msgspec.json.encode(recomputed(one)) != bytes(one.verdict)]
    if changed:
        print(
            f"of rules {RULES_NUMBER} these come out otherwise by now: {', '.join(changed)}; raise RULES_NUMBER first"
        )
        return 1
    new = [replace(one, verdict=Raw(msgspec.json.encode(recomputed(one)))) for one in cases() if one.name not in known]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"rules-{RULES_NUMBER}.jsonl").open("ab") as file:
        file.writelines(msgspec.json.encode(one) + b"\n" for one in new)
    print(f"rules {RULES_NUMBER}: {len(known)} kept before, {len(new)} added")
    return 0


if __name__ == "__main__":
    sys.exit(main())
