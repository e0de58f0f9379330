"""Where each command is, and what the list of commands says of it before it is imported."""

from collections.abc import Mapping

from entrypoints.cli.lazy import CommandPlace

_CLI = "entrypoints.cli"
_SANDBOX = "entrypoints.sandbox.command"

PLACES: Mapping[str, CommandPlace] = {
    "demo": CommandPlace(
        f"{_CLI}.demo",
        "demo",
        "Play a whole campaign against the sandbox, then show the outcome and the proof. It calls nobody.",
    ),
    "init": CommandPlace(
        f"{_CLI}.init",
        "init",
        "Write dialtrail.env, campaign.toml and recipients.csv, to be filled in. What exists stays as it is.",
    ),
    "doctor": CommandPlace(
        f"{_CLI}.doctor",
        "doctor",
        "Look at each part: settings, ledger, clock, provider, webhooks, answers, what waits. Exit code 1: do not dial.",
    ),
    "up": CommandPlace(
        f"{_CLI}.server",
        "up",
        "Run Dialtrail: the API, the webhook endpoint, the dialer and all else, until Ctrl-C or SIGTERM.",
    ),
    "serve": CommandPlace(
        f"{_CLI}.server",
        "serve",
        "Answer the API, the pages, webhooks and what calls say; dial nobody. One of several processes on one PostgreSQL.",
        "SERVE_EPILOG",
    ),
    "dial": CommandPlace(
        f"{_CLI}.server",
        "dial",
        "Place the calls, and do all that runs beside that; answer nobody. One of several processes on one PostgreSQL.",
        "DIAL_EPILOG",
    ),
    "project": CommandPlace(
        f"{_CLI}.server",
        "project",
        "Keep the views; answer and call nobody. One of several processes on one PostgreSQL.",
        "PROJECT_EPILOG",
    ),
    "sandbox": CommandPlace(
        _SANDBOX,
        "sandbox",
        "Play the voice provider MiniVoice on 127.0.0.1, with limits, costs, webhooks and every kind of trouble.",
    ),
    "sandbox-set": CommandPlace(
        _SANDBOX,
        "sandbox_set",
        "Change a sandbox that is running: its limits, balance and every misbehaviour; then print what it is now.",
    ),
    "campaign": CommandPlace(
        f"{_CLI}.campaign",
        "app",
        "Make campaigns; look ahead, start, revise, pause, resume or cancel them, and see who did what.",
    ),
    "recipients": CommandPlace(
        f"{_CLI}.recipients",
        "app",
        "Enrol recipients in a campaign, see where they stand, and keep people from being called.",
    ),
    "suppressions": CommandPlace(f"{_CLI}.suppressions", "app", "See whom nobody calls."),
    "script": CommandPlace(f"{_CLI}.script", "app", "Check a campaign's script, and see what a caller can hear."),
    "try": CommandPlace(
        f"{_CLI}.trying",
        "try_",
        "Place one call now, outside any campaign of yours, follow it to its end, and show its timeline and what was heard.",
    ),
    "alerts": CommandPlace(
        f"{_CLI}.alerts",
        "app",
        "Which alerts are on and since when, which were lately, and whether messages leave; `test` sends one.",
    ),
    "account": CommandPlace(
        f"{_CLI}.account", "app", "What holds up the account behind the API key, and what it holds back."
    ),
    "what-if": CommandPlace(
        f"{_CLI}.what_if",
        "what_if",
        "Which attempts another policy would not have allowed, and whom that would have lost. Nothing is changed.",
    ),
    "divergence": CommandPlace(
        f"{_CLI}.divergence",
        "divergence",
        "What MiniVoice said otherwise of our calls, when it was asked again: what it lacks, what ended otherwise, and its totals.",
    ),
    "tokens": CommandPlace(
        f"{_CLI}.tokens",
        "tokens",
        "Who may come in, by name and role, and when each was last seen by the server that runs; never a token itself.",
    ),
    "recording": CommandPlace(f"{_CLI}.recording", "app", "Start or stop a recording of a call that is under way."),
    "status": CommandPlace(
        f"{_CLI}.status",
        "status",
        "How far a campaign is, or what became of one of its recipients and why; now, or at any past moment.",
    ),
    "outcomes": CommandPlace(
        f"{_CLI}.outcomes",
        "outcomes",
        "One row for each recipient whose call or status changed after a position: what your own systems want to know.",
    ),
    "explain": CommandPlace(
        f"{_CLI}.explain",
        "explain",
        "May this recipient be called, now or at a past moment? Every rule with what it went by, those against it first.",
    ),
    "unresolved": CommandPlace(
        f"{_CLI}.attempts",
        "unresolved",
        "Attempts whose request may have become a call, and the calls that it may have become.",
        "UNRESOLVED_EPILOG",
    ),
    "resolve": CommandPlace(
        f"{_CLI}.attempts",
        "resolve",
        "Settle unresolved attempts: this one became that call, or these became none.",
        "RESOLVE_EPILOG",
    ),
    "calls": CommandPlace(f"{_CLI}.call_list", "app", "See which calls there are."),
    "timeline": CommandPlace(
        f"{_CLI}.calls",
        "timeline",
        "Everything that happened to a call, in order: when it happened, and when we learned of it.",
        "TIMELINE_EPILOG",
    ),
    "events": CommandPlace(
        f"{_CLI}.calls",
        "events",
        'A call\'s events as the ledger holds them, in its order. "learned" (recorded_at) is our clock.',
        "EVENTS_EPILOG",
    ),
    "deliveries": CommandPlace(
        f"{_CLI}.deliveries",
        "deliveries",
        "A call's webhooks in the order in which they came, what each repeats, and our answer.",
    ),
    "replay": CommandPlace(
        f"{_CLI}.replaying",
        "replay",
        "Play a call's deliveries with today's code into an empty ledger in memory: what each does, and where it ends.",
    ),
    "quarantine": CommandPlace(
        f"{_CLI}.quarantine",
        "app",
        "Deliveries that MiniVoice signed and that could not be read: see them, and read them again with newer code.",
    ),
    "evidence": CommandPlace(
        f"{_CLI}.evidence",
        "evidence",
        "Write a bundle that somebody can check without Dialtrail, and without trusting you: events, proofs, a page, verify.py.",
    ),
    "witness": CommandPlace(
        f"{_CLI}.witness",
        "witness",
        "Cosign the checkpoints of a log of somebody else's, as long as each goes on from the one before.",
    ),
    "capture": CommandPlace(
        f"{_CLI}.capturing",
        "capture",
        "Write the webhooks that are in the ledger, as they came, into a file that another system can replay.",
    ),
    "forensics": CommandPlace(
        f"{_CLI}.forensics",
        "forensics",
        "Make the views anew with the code as it is, beside, and list what the stored ones say otherwise, and since when.",
    ),
    "verify": CommandPlace(
        f"{_CLI}.verifying",
        "verify",
        "Make every leaf of the verifiable log again from the stored bytes, and compare hashes, roots and signatures.",
    ),
    "log": CommandPlace(f"{_CLI}.log_key", "app", "The keys that sign the verifiable log."),
    "compare": CommandPlace(
        f"{_CLI}.compare",
        "compare",
        "Two calls side by side: what happened in one only, when it happened in each, and every field that differs.",
    ),
    "agents": CommandPlace(
        f"{_CLI}.agents", "app", "Tell a campaign who is free to take its calls, and see what that lets it do."
    ),
    "subscriptions": CommandPlace(
        f"{_CLI}.subscriptions", "app", "Your own systems that are told what happens, at least once and in order."
    ),
    "export": CommandPlace(
        f"{_CLI}.export", "app", "Write recipients, calls or events as CSV, JSON lines or Parquet, for your own tools."
    ),
    "copy": CommandPlace(
        f"{_CLI}.moving",
        "copy",
        "Move the ledger into a PostgreSQL database or another data folder. Stop `dialtrail up` first.",
    ),
    "retention": CommandPlace(
        f"{_CLI}.retaining",
        "retention",
        "Destroy what is old of personal fields, by kind: where nothing was recorded since a date, and all is over.",
    ),
    "rebuild": CommandPlace(
        f"{_CLI}.rebuild",
        "rebuild",
        "Make views anew from the ledger. Reads go on meanwhile, from the views as they are; nothing is lost.",
    ),
}
