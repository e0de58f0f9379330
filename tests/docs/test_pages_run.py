"""Whoever follows these pages, command by command, sees what they show; and no page has a block that nobody tried."""

import ast
import asyncio
import inspect
import tomllib
from pathlib import Path

import orjson
import pytest

from adapters.documents.campaign import parse_campaign
from adapters.documents.revision import parse_revision
from tests.docs.console import Terminal
from tests.docs.shown import Shown, as_console, shown
from tests.journeys.processes import free_port

# In this order: each goes on where the one before ended.
PAGES = ("tutorial.md", "examples.md", "troubleshooting.md")
DOCS = Path(__file__).parents[2] / "docs"
# As pages name them; where they are followed, each is another one that is free.
PORTS = ("8080", "8099", "8098", "8097")
# What a page's commands have that is there under another name: page, what is shown, what is there.
FILLED = (
    ("operating.md", "call_123", "call_20261123T101500.000000001"),
    ("operating.md", "revise spring_followup", "revise office_hours"),  # The tutorial's has ended.
    ("operating.md", "--after 1200", "--after 10"),
    ("operating.md", "2027-01-31T00:00:00Z", "2099-01-31T00:00:00Z"),  # It has to lie ahead.
    # Nothing was shown wrong, and nothing is in quarantine: that is said in place of these tables.
    ("operating.md", "came                         digest     reason                    now\n", ""),
    (
        "operating.md",
        "number        campaign         field   view says    ledger says  since  at                           event           until  at  event\n",
        "",
    ),
    ("deploy.md", "cd /var/lib/dialtrail && sudo -u dialtrail /opt/dialtrail/.venv/bin/", ""),
    ("scripts.md", "spring.toml", "campaign.toml"),
    # Each sandbox has a port of its own.
    (
        "sandbox.md",
        "--port 8099 --webhook-url http://127.0.0.1:8000/webhooks/minivoice --fetch-answers",
        "--port 8097 --webhook-url http://127.0.0.1:8000/webhooks/minivoice --fetch-answers",
    ),
    ("sandbox.md", "--gather-report mixed\n", "--gather-report mixed\nsandbox ready http://127.0.0.1:8097\n"),
    ("sandbox.md", "8099", "8098"),
)
AN_ANSWER = "an answer of the API: tests/docs/test_answers_shown.py holds it against the description"
QUERIED = "tests/docs/test_analytics.py asks DuckDB that"
MAIL_SETTINGS = "settings: tests/entrypoints/settings/test_alerts.py loads such"
RECEIVERS = "tests/docs/test_receivers.py runs it, and tells it something"
CONNECTING = "tests/docs/test_connecting.py runs it against a server"
# Each block that nobody runs here: its page and first line, and why.
NOT_RUN = {
    (
        "architecture.md",
        "     people · programs · auditors              MiniVoice's webhooks         what a call says next",
    ): "a drawing",
    ("tutorial.md", "git clone REPOSITORY dialtrail && cd dialtrail"): (
        "installs: tests/journeys/test_readme.py gives that command"
    ),
    ("deploy.md", "useradd --system --create-home --home-dir /var/lib/dialtrail --shell /usr/sbin/nologin dialtrail"): (
        "needs root, and makes a user of the machine"
    ),
    ("evidence.md", "$ dialtrail verify --checkpoint /mnt/elsewhere/checkpoint --key VKEY"): (
        "needs a checkpoint that lay elsewhere: tests/entrypoints/cli/test_verifying.py gives it"
    ),
    ("bundles.md", "dialtrail evidence +15551230002 --out complaint.zip"): (
        "needs a log with a checkpoint: tests/entrypoints/cli/test_evidence.py gives it"
    ),
    ("operating.md", "dialtrail copy --to postgresql://dialtrail@db.example.org/dialtrail"): (
        "needs PostgreSQL, and ends the ledger that the others read: tests/entrypoints/cli/test_moving.py gives it"
    ),
    ("erasure.md", "dialtrail copy --to /srv/dialtrail-sealed --seal"): (
        "it closes the ledger of the page; tests/entrypoints/cli/test_moving_sealed.py gives it"
    ),
    ("erasure.md", "dialtrail recipients erase +15551230002"): (
        "needs a sealed ledger, and forgets whom other pages ask about: tests/entrypoints/cli/test_erasing.py gives it"
    ),
    ("erasure.md", "dialtrail retention --kind body --kind digits --before 2026-06-01"): (
        "needs a sealed ledger: tests/entrypoints/cli/test_retaining.py gives it"
    ),
    (
        "challenge.md",
        ".venv/bin/python scripts/proofs/kill_nine.py --kills 5 --seed 4711            # 1 and 2, through kill -9",
    ): "takes minutes: scripts/proofs/all gives these commands",
    ("challenge.md", ".venv/bin/dialtrail up --sandbox"): "goes on: the tutorial gives that command",
    ("challenge.md", "dialtrail doctor --views"): "the tutorial's ledger has no log: other pages give these commands",
    ("deploy.md", "MINIVOICE_API_KEY=your-key"): "settings: tests/docs/test_pages_say.py loads them",
    ("deploy.md", "cp -r /opt/dialtrail/docs/deploy/systemd/. /etc/systemd/system/"): "needs systemd",
    (
        "deploy.md",
        "systemctl enable --now dialtrail-serve@8081 dialtrail-serve@8082 dialtrail-dial dialtrail-project",
    ): "needs systemd",
    ("deploy.md", "calls.example.org {"): "needs Caddy",
    ("deploy.md", "server {"): "needs nginx",
    (
        "deploy.md",
        "location /dialtrail/ {",
    ): "needs nginx: tests/entrypoints/pages/test_below_a_path.py has a proxy of its own",
    (
        "deploy.md",
        'sqlite3 /var/lib/dialtrail/dialtrail-data/ledger.db ".backup /var/backups/dialtrail/ledger.db"',
    ): "needs SQLite's own program: tests/application/dialer/test_restored_ledger.py backs up by its library",
    (
        "api.md",
        '{"id": "spring_followup", "state": "running", "pause": null, "from": "+15551230001", "record": false,',
    ): AN_ANSWER,
    (
        "api.md",
        '{"import": "…", "rows": 5, "enrolled": 3, "already_enrolled": 1, "repeated": 0, "rejected": 1,',
    ): AN_ANSWER,
    ("api.md", '{"items": ['): AN_ANSWER,
    ("api.md", '{"campaign_id": "spring_followup",'): AN_ANSWER,
    ("api.md", '{"rows": 4, "suppressed": 2, "already_suppressed": 1, "rejected": 1, "going_on": 0,'): AN_ANSWER,
    ("api.md", "id: 1234"): "an event of a stream, cut off",
    ("analytics.md", "events/day=2026-05-29/events-000000000001-000000012400.parquet"): "a file's name",
    (
        "analytics.md",
        "CREATE VIEW events AS SELECT * FROM read_parquet('events/**/*.parquet', hive_partitioning = true);",
    ): QUERIED,
    ("analytics.md", "SELECT day, event, count(*) AS events"): QUERIED,
    (
        "analytics.md",
        "SELECT body ->> 'campaign_id' AS campaign, event, body ->> 'code' AS code, count(*) AS attempts",
    ): QUERIED,
    ("analytics.md", "WITH calls AS ("): QUERIED,
    (
        "operating.md",
        '{"received_at": "2026-05-29T12:00:00.000000Z", "headers": {"x-minivoice-signature": "v1=…", "x-minivoice-timestamp": "…"}, "body": "{…}"}',
    ): "a line of a file that a command wrote",
    (
        "operating.md",
        "$ dialtrail campaign start spring_followup --canary 20      # olga, with her DIALTRAIL_URL and DIALTRAIL_TOKEN",
    ): "needs two operators with tokens, and here nobody has one",
    (
        "operating.md",
        "2 calls open for 15 min, no webhook has ever arrived: enter https://calls.example.org/webhooks/minivoice as",
    ): "what is said where no webhooks come, and here they do",
    (
        "receiving.md",
        'curl -sX POST https://calls.example.org/v1/subscriptions -H "Authorization: Bearer $DIALTRAIL_TOKEN" \\',
    ): "needs a subscriber at that address: tests/entrypoints/cli/test_subscriptions.py gives such a command",
    (
        "receiving.md",
        '{"type": "outcome.changed", "timestamp": "2026-05-29T12:00:00.000000Z", "data": {',
    ): "a delivery: tests/docs/test_receiving.py compares its fields",
    (
        "receiving.md",
        '{"type": "log.checkpoint", "timestamp": "2026-05-29T12:01:00.000000Z", "data": {',
    ): "a delivery: tests/application/subscriptions/test_checkpoint_letters.py compares it",
    (
        "receiving.md",
        '{"type": "alert.raised", "timestamp": "2026-05-29T12:01:00.000000Z", "data": {',
    ): "a delivery: tests/application/alerts/test_telling.py compares it",
    (
        "receiving.md",
        '"""Takes deliveries: verifies each, does each once, and keeps the newest row of every recipient."""',
    ): "tests/docs/test_receiving.py runs it and tells it something",
    ("connecting.md", "number,reference,name"): CONNECTING,
    ("connecting.md", '"""Takes deliveries with FastAPI: CRM_DB=crm.db uvicorn fastapi_receiver:app"""'): RECEIVERS,
    (
        "connecting.md",
        '"""Takes deliveries with Django, in one file; in your project it is the view, with tables by migrations."""',
    ): RECEIVERS,
    ("connecting.md", 'dialtrail agents set spring_followup "$(cat free-agents)"'): (
        "a line of a script: tests/entrypoints/cli/test_agents.py gives such a command"
    ),
    (
        "connecting.md",
        'curl --silent --fail --header "Authorization: Bearer $DIALTRAIL_TOKEN" "$DIALTRAIL_URL/v1/outcomes?after=0&limit=5"',
    ): CONNECTING,
    ("lookups.md", '"""Whoever has paid is not called; all others hear what they owe."""'): (
        "a server: tests/docs/test_lookup_shown.py starts it, and is called by its answers"
    ),
    (
        "lookups.md",
        '{"number": "+15551230002", "campaign_id": "spring_followup", "reference": "C-1042", "variables": {"name": "Ada"}}',
    ): "a question: tests/application/dialer/test_lookups.py compares it",
    ("lookups.md", '{"call": true, "reason": "owes 42", "variables": {"balance": "42 euros"}}'): (
        "answers: tests/adapters/test_lookup_client.py reads them"
    ),
    ("alerts.md", "DIALTRAIL_SMTP_URL=smtps://dialtrail%40example.org:password@mail.example.org"): MAIL_SETTINGS,
    ("alerts.md", "DIALTRAIL_DIGEST_AT=07:30 Europe/Berlin"): MAIL_SETTINGS,
    (
        "alerts.md",
        "dialtrail alerts test",
    ): "needs a mail server: tests/entrypoints/cli/test_alerts.py gives the command",
    (
        "api.md",
        "PUT /v1/campaigns/spring_followup/agents",
    ): "requests: tests/entrypoints/http/routes/test_agents.py sends such",
    ("scripts.md", "[script.steps.menu]"): "a step of a script: tests/domain/script/test_callbacks.py has such a one",
    ("scripts.md", "answered: greeting"): "printed: tests/entrypoints/cli/test_script_docs.py compares it",
}


def others() -> list[Shown]:
    """The blocks that are not run by following a page from its top to its end."""
    return [
        block
        for page in sorted(DOCS.glob("*.md"))
        for block in shown(page.name, page.read_text())
        if page.name not in PAGES or not (block.language == "console" or block.title)
    ]


OTHERS = others()
TRIED = [block for block in OTHERS if block.key not in NOT_RUN]
DOCUMENTS = [block for block in TRIED if block.is_document]
PROGRAMS = [block for block in TRIED if block.is_python]
COMMANDS = [block for block in TRIED if block.is_commands]


def filled(block: Shown) -> str:
    text = block.text
    for page, there, here in FILLED:
        if page == block.page:
            text = text.replace(there, here)
    return text


@pytest.mark.timeout(300)
def test_the_tutorial_and_what_follows_it_do_what_they_show_and_the_commands_of_other_pages_succeed(
    tmp_path: Path,
) -> None:
    ports = {port: str(free_port()) for port in PORTS}
    environ = {"DIALTRAIL_PORT": ports["8080"], "DIALTRAIL_SANDBOX_PORT": ports["8099"]}
    with Terminal(tmp_path, ports, **environ) as terminal:
        counts = [terminal.follow((DOCS / name).read_text()) for name in PAGES]
        counts += [terminal.follow(as_console(filled(block))) for block in COMMANDS]

    assert all(counts), "a page or block has nothing that can be run"


def test_each_block_is_tried_or_it_is_said_why_not() -> None:
    assert [block.key for block in TRIED if block not in (*DOCUMENTS, *PROGRAMS, *COMMANDS)] == []


def test_what_is_not_run_and_what_is_filled_is_on_its_page() -> None:
    keys = [block.key for block in OTHERS]
    to_fill = {there for page, there, _ in FILLED for block in COMMANDS if block.page == page and there in block.text}

    assert [key for key in NOT_RUN if keys.count(key) != 1] == []
    assert {there for _, there, _ in FILLED} - to_fill == set()


@pytest.mark.parametrize("block", DOCUMENTS, ids=lambda block: " ".join(block.key))
def test_each_plan_and_each_part_of_one_is_taken(block: Shown) -> None:
    is_json = block.text.startswith("{")
    given = orjson.loads(block.text if is_json else orjson.dumps(tomllib.loads(block.text)))

    if "id" in given:
        parse_campaign(given)
    else:
        parse_revision({"reason": "the page says so", **given})


@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: " ".join(block.key))
def test_each_program_runs(block: Shown) -> None:
    code = compile(block.text, block.page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    outcome = eval(code, {})
    if inspect.iscoroutine(outcome):
        asyncio.run(outcome)
