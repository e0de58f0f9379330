"""`dialtrail explain`: why a recipient is called or not, rule by rule; now, or at any past moment."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from domain.errors import InvalidInput
from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, AsOf, CampaignId, Number, Zone
from entrypoints.cli.output import write, write_json
from entrypoints.cli.styles import STATUS_STYLES
from entrypoints.cli.times import Times, times_in
from entrypoints.wording import Inputs, as_said, names_its_end, rule_words

EPILOG = "Example: dialtrail explain spring_followup +15551230002 --as-of 2026-05-29T12:00:00Z --tz Europe/Berlin"
AGAINST_MARK, FOR_MARK = "✗", "✓"
NOT_AGAINST: Mapping[str, str] = {
    "campaign_not_running": "the campaign is {phase}",
    "outside_schedule": "the campaign's schedule allows it now, or it has none",
    "account_paused": "the account is not paused",
    "clock_ahead": "the ledger's time agrees with this machine's clock, within {clock_ahead_max_seconds} s",
    "not_enrolled": "this number is in the campaign",
    "withdrawn": "it is still in the campaign",
    "suppressed": "this person is not suppressed",
    "refused": "MiniVoice has not refused this number",
    "callback_waits": "the time has come that they wished ({at}); gaps of the campaign's own give way to that",
    "consent_missing": "consent {consent_id} for {purposes} holds",
    "declined": "this person has not declined to be called about {purpose}, or the rest after that is over",
    "attempts_used_up": "attempts are left: {counted} of {attempts_max} are used up",
    "outcome_not_retried": "it may be called after its last outcome; the policy tries again: {retried}",
    "retry_gap": "the wait after an outcome is over, or there was none",
    "attempt_gap": "the wait between two attempts is over, or there was none (policy: {gap_seconds} s)",
    "person_cap": "attempts are left within each cap (policy: {caps})",
    "conversation_gap": "the wait after a conversation is over, or there was none (policy: {gaps})",
    "answer_grace": "the wait for late word of an answer is over, or there was none (policy: {grace_seconds} s)",
    "open_attempt": "no call to this person is under way",
    "purpose_waits": "no campaign that goes first waits for this person (policy.waits_for: {waits_for})",
    "on_inbound_call": "no call that came in from them is under way",
    "destination_held": "calls to this destination may be placed",
    "lookup_failed": "the lookup at {host} may be asked, or has answered",
    "number_kind": "numbers of this kind ({kind}) may be called",
    "not_in_only_numbers": "{setting} has this number",
    "not_in_only_list": "the campaign's own list (policy.only, {numbers_in_list} numbers) has this number",
    "not_started_yet": "the campaign began at {starts_at}",
    "campaign_over": "the campaign goes on until {ends_at}",
    "caller_numbers_capped": "{usable} of {numbers} caller numbers may be used today; it would be called from {from} ({why})",
    "caller_numbers_removed": "the campaign's pool has {numbers} caller numbers; {removed} were taken out",
    "agents_unknown": "how many agents are free was told at {told_at}, and is believed for {life_seconds} s",
    "agents_busy": "there may be {most} calls for {free} free agents (factor {factor}); {live} are under way",
    "zone_unknown": "the time zone is known: {zones}",
    "zone_data_missing": "the time zone data has all of: {zones}",
    "outside_hours": "it is {local_time} in {zone}, inside the hours of a {weekday} ({windows})",
    "excluded_date": "today is not one of the {dates} excluded dates",
    "holiday": "today is no holiday in {places}",
    "holiday_data_missing": "the holiday data has all of: {places}",
}
UNSET: Mapping[str, tuple[str, str]] = {
    "outcome_not_retried": ("retried", "it may be called after its last outcome; the policy tries none again"),
    "consent_missing": ("purposes", "the policy requires no consent"),
    "callback_waits": ("at", "no callback waits"),
    "person_cap": ("caps", "the policy has no cap on attempts"),
    "conversation_gap": ("gaps", "the policy has no gap after a conversation"),
    "answer_grace": ("grace_seconds", "the policy waits for no late word of an answer"),
    "purpose_waits": ("waits_for", "the policy lets no other campaign go first"),
    "attempt_gap": ("gap_seconds", "the policy has no gap between two attempts"),
    "lookup_failed": ("host", "the campaign has no lookup"),
    "number_kind": ("kind", "it is an ordinary number"),
    "not_in_only_numbers": ("is_set", "DIALTRAIL_ONLY_NUMBERS is not set"),
    "not_in_only_list": ("numbers_in_list", "the campaign has no list of its own (policy.only)"),
    "not_started_yet": ("starts_at", "the policy names no beginning"),
    "campaign_over": ("ends_at", "the policy names no end"),
    "caller_numbers_capped": ("numbers", "the campaign calls from one number"),
    "caller_numbers_removed": ("numbers", "the campaign calls from one number, which is in no pool"),
    "agents_unknown": ("told_at", "the campaign waits for no agents"),
    "agents_busy": ("free", "the campaign waits for no agents"),
    "zone_unknown": ("zones", "no rule needs a time zone"),
    "zone_data_missing": ("zones", "no rule needs time zone data"),
    "outside_hours": ("weekday", "the policy has no hours"),
    "excluded_date": ("dates", "the policy excludes no date"),
    "holiday": ("places", "the policy excludes no holidays"),
    "holiday_data_missing": ("places", "no rule needs holiday data"),
}
"""Of a rule that a policy may leave out: the input that is empty then, and what is said instead."""
HOURS_WITHOUT_A_ZONE = "without a time zone the hours cannot be judged"
NO_WINDOW_OF_ITS_OWN: Mapping[bool, str] = {True: "closed all day", False: "a window of the day before goes on"}
"""Of a weekday without windows, by whether the hours stand against a call."""


class DisplayClocks(Struct, frozen=True):
    """Shows an instant by the recipient's clock, where that is known, and by the reader's."""

    own: Times | None
    reader: Times

    def shown(self, instant: object) -> str:
        """The instant, once where both clocks are the same."""
        read = self.reader.shown(instant) or "?"
        if self.own is None or self.own.name == self.reader.name:
            return read
        return f"{self.own.shown(instant)} in {self.own.name} ({read})"


def explain(
    campaign: CampaignId, number: Number, as_of: AsOf = None, zone: Zone = None, as_json: AsJson = False
) -> None:
    """May this recipient be called, now or at a past moment? Every rule with what it went by, those against it first."""
    times = times_in(zone)
    query = times.query(as_of)
    path = path_of("campaigns", campaign, "recipients", number, "explain")
    found = with_api("explain", lambda api: api.get(path, **query), campaign=campaign)
    if as_json:
        write_json(found)
    else:
        _write(found, times)


def _write(found: Json, times: Times) -> None:
    zones = found.get("zones") or []
    clocks = DisplayClocks(_own_times(zones), times)
    status, until = found["status"], found.get("until")
    more = (f" ({found['reason']})" if found.get("reason") else "") + (f" until {clocks.shown(until)}" if until else "")
    style = f"bold {STATUS_STYLES.get(status, '')}".rstrip()
    write(f"{found['number']} in {found['campaign_id']}: {status}{more}", style)
    if found["may_dial"]:
        write("a call may be placed: each rule allows it", "green")
    else:
        write("no call may be placed, because of:")
    for rule in sorted(found["rules"], key=lambda rule: not rule["stands_against"]):
        against = bool(rule["stands_against"])
        write(f"{AGAINST_MARK if against else FOR_MARK} {sentence(rule, clocks)}", "yellow" if against else "")
    write()
    write(f"as of position {found['position']}, judged at {clocks.shown(found['judged_at'])}", "dim")


def _own_times(zones: Sequence[str]) -> Times | None:
    """The recipient's clock; None where no zone is known, or this machine has no data of it."""
    try:
        return times_in(zones[0]) if zones else None
    except InvalidInput:
        return None


def sentence(rule: Json, clocks: DisplayClocks) -> str:
    """One rule in words, with what it went by; one that stands against a call begins with its name."""
    name, given = str(rule["rule"]), rule.get("inputs") or {}
    inputs = Inputs({key: as_said(key, value, clocks.shown) for key, value in given.items() if value is not None})
    if given.get("windows") == "":
        inputs["windows"] = NO_WINDOW_OF_ITS_OWN[bool(rule["stands_against"])]
    if not rule["stands_against"]:
        if name == "outside_hours" and given.get("windows") is None and given.get("is_set"):
            return HOURS_WITHOUT_A_ZONE
        needed, instead = UNSET.get(name, ("", ""))
        if needed and not given.get(needed):
            return instead
        return NOT_AGAINST[name].format_map(inputs) if name in NOT_AGAINST else f"{name}: allows it"
    known = ", ".join(f"{key}={value}" for key, value in inputs.items())
    template = rule_words(name, given)
    words = known or "stands against it" if template is None else template.format_map(inputs)
    if "spelling" in inputs:
        words += f", as {inputs['spelling']}"
    says_until = bool(rule.get("until")) and not names_its_end(name)
    ends = f", until {clocks.shown(rule['until'])}" if says_until else ""
    return f"{name}: {words}{ends}{' (waiting does not help)' if rule.get('final') else ''}"
