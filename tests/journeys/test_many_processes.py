"""Several processes on one PostgreSQL: one that dials is killed, the next is stopped; nobody is called twice, nobody is lost."""

import time
from pathlib import Path

from tests.adapters.ledger.postgres_server import Server
from tests.journeys.many_processes import (
    ANSWER_SECONDS,
    CALLS_PER_SECOND,
    above_the_limit,
    company,
    dialled_again,
    ended,
    faults_of,
    handed_over,
)

RECIPIENTS = 40
UNRESOLVED_MAX = 2 * (16 + round(2 * ANSWER_SECONDS * CALLS_PER_SECOND))


def test_who_dials_is_killed_and_the_next_one_stopped_and_the_campaign_is_called_once(
    tmp_path: Path, postgres: Server
) -> None:
    with company(tmp_path, postgres.new_database(), ["serve", "dial", "dial", "project"]) as them:
        them.create(RECIPIENTS)
        dialled_again(them, 4, time.monotonic())
        killed, began = them.lease(), time.monotonic()
        assert killed[0] is not None
        killed[0].kill()
        handed_over(them, killed, began)
        killed[0].start()
        dialled_again(them, len(them.posts()), began)
        stopped = them.lease()
        assert stopped[0] is not None
        stopped[0].stop()
        handed_over(them, stopped, time.monotonic())
        stopped[0].go_on()
        outcome = ended(them)

    assert faults_of(outcome, RECIPIENTS) == []
    assert len(outcome.unresolved) <= UNRESOLVED_MAX


def arrived(seconds: float, waited_ms: int | None = 0, body: object = "{}") -> dict[str, object]:
    return {"monotonic_ns": int(seconds * 1e9), "waited_ms": waited_ms, "request_body": body}


def test_a_request_arrived_when_the_system_had_it_not_when_a_busy_sandbox_read_it() -> None:
    evenly = [arrived(0.105 * n) for n in range(CALLS_PER_SECOND + 1)]
    stood_still = [arrived(0.6, 600 - 105 * n) for n in range(5)] + evenly[5:]
    assert above_the_limit(evenly) == above_the_limit(stood_still) == []
    assert above_the_limit([*stood_still, arrived(0.2, None)]) == ["from 0.000 s on", "from 0.105 s on"]
    assert above_the_limit([*stood_still, arrived(0.2, body=None)]) == []
