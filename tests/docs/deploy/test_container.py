"""docs/deploy/Containerfile; scripts/proofs/container.py runs its steps."""

import json

from scripts.proofs.container import FILE, ROOT, steps

STAGES = steps(FILE.read_text())


def test_what_it_copies_is_there_and_all_that_runs_is_copied() -> None:
    copied = [path for word, rest in STAGES[0] if word == "COPY" for path in rest.split()[:-1]]
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert {"domain", "adapters", "projections", "application", "entrypoints"} <= set(copied)
    assert not {"tests", "docs", "requirements.lock", "."} & set(copied)


def test_the_second_stage_runs_as_a_user_of_its_own_and_looks_after_its_health() -> None:
    said = dict(STAGES[1])
    assert said["USER"] == "10001:10001"
    assert json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]) == ["dialtrail", "up"]
    assert "/health/live" in json.loads(said["HEALTHCHECK"].partition("CMD ")[2])[2]
    assert not any(word == "ADD" or "apt-get" in rest for stage in STAGES for word, rest in stage)
