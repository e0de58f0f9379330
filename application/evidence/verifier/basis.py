"""On what basis a person was called, in plain words: what they agreed to, what they declined, who shall not call them."""

from collections.abc import Iterable, Sequence

from application.evidence.verifier.events import BundledEvent, Json

AGREED = ("consent.given", "consent.used", "consent.revoked")
REFUSED = (
    *("recipient.declined", "recipient.decline_lifted", "recipient.suppressed", "recipient.released"),
    *("recipient.withdrawn", "recipient.erasure_requested", "recipient.erased", "legal_hold.set", "legal_hold.lifted"),
)
FOR_ALL = ""  # a suppression is about no purpose of its own
SECONDS = len("2026-03-02T09:00:00")


def bases(events: Sequence[BundledEvent], *, one_person: bool) -> dict[int, str]:
    """On what basis each attempt was begun, by its event's position; `one_person`: all recipients are spellings of one."""
    given = {
        (whose(one, one_person=one_person), word(one, "consent_id")): one
        for one in events
        if one.name == "consent.given"
    }
    revoked = [one for one in events if one.name == "consent.revoked"]
    used = {word(one, "attempt_id"): one for one in events if one.name == "consent.used"}
    stood: dict[tuple[str, str], str] = {}
    found: dict[int, str] = {}
    for event in events:
        person = whose(event, one_person=one_person)
        note_refusal(stood, person, event)
        if event.name != "attempt.started":
            continue
        use = used.get(word(event, "attempt_id"))
        consent = None if use is None else given.get((person, word(use, "consent_id")))
        later = [one for one in revoked if consent and whose(one, one_person=one_person) == person]
        refusals = [said for (who, _), said in sorted(stood.items()) if who == person]
        found[event.position] = "\n".join(
            [
                *consent_words(use, consent, later),
                *(
                    refusals
                    or ["nothing in this bundle from before it says that the person declined, or was suppressed"]
                ),
                *verdict_words(event),
            ]
        )
    return found


def whose(event: BundledEvent, *, one_person: bool) -> str:
    """To whom an event belongs: in a bundle of one person their spellings are one."""
    return "" if one_person else event.stream


def note_refusal(stood: dict[tuple[str, str], str], person: str, event: BundledEvent) -> None:
    """Keep what stands against calling a person, and since when it does not any more."""
    about = FOR_ALL if event.name in {"recipient.suppressed", "recipient.released"} else word(event, "purpose")
    if event.name in {"recipient.suppressed", "recipient.declined"}:
        stood[person, about] = f"{refusal_words(event)} (event {event.position}, {event.recorded_at})"
    elif event.name in {"recipient.released", "recipient.decline_lifted"} and (person, about) in stood:
        stood[person, about] += f"; {refusal_words(event)} (event {event.position}, {event.recorded_at})"


def consent_words(use: BundledEvent | None, consent: BundledEvent | None, revoked: Iterable[BundledEvent]) -> list[str]:
    """The consent that an attempt rests on, and what of it was taken back, whenever that was recorded."""
    if use is None:
        return ["no consent was used: the campaign's policy required none then"]
    if consent is None:
        return [f"consent {word(use, 'consent_id')}; what it says is not in this bundle"]
    return [
        f"consent {word(consent, 'consent_id')} (event {consent.position}): {agreed_words(consent)}",
        *(
            f"{agreed_words(one)} (event {one.position})"
            for one in revoked
            if word(one, "purpose") in {"", word(consent, "purpose")}
            and word(one, "revoked_at")[:SECONDS] >= word(consent, "given_at")[:SECONDS]
        ),
    ]


def verdict_words(event: BundledEvent) -> list[str]:
    """What the rules said, by what they were asked."""
    verdict = event.fields.get("verdict")
    if not isinstance(verdict, dict):
        return ["no verdict is stored"]
    reasons, data = verdict.get("reasons"), verdict.get("rule_data")
    reasons, data = reasons if isinstance(reasons, list) else [], data if isinstance(data, dict) else {}
    against = "no rule stood against it" if not reasons else f"{len(reasons)} rules stood against it"
    before, most = verdict.get("attempts_counted", "?"), verdict.get("attempts_max", "?")
    versions = "".join(f"; {name} {data[name]}" for name in sorted(data))
    purpose = word(event, "purpose")
    return [
        *([f"it was for the purpose {quoted(purpose)}"] if purpose else []),
        f"{against}, judged at {verdict.get('judged_at', '?')}; attempts that counted before it: {before}, of at most {most}",
        f"rules {verdict.get('rules', 1)}{versions}",
    ]


def agreed_words(event: BundledEvent) -> str:
    """What somebody agreed to, or took back."""
    if event.name == "consent.used":
        return f"the attempt {word(event, 'attempt_id')} was begun on the consent {word(event, 'consent_id')}"
    purpose = word(event, "purpose")
    if event.name == "consent.revoked":
        what = f"for the purpose {quoted(purpose)}" if purpose else "for every purpose"
        said = f"consent taken back {what} on {word(event, 'revoked_at')}"
    else:
        said = f"agreed on {word(event, 'given_at')} to be called for the purpose {quoted(purpose)}"
    more = {
        "basis": "on the basis",
        "text": "to the text",
        "text_version": "in the version",
        "source": "source",
        "by": "given or taken down by",
        "reason": "because",
    }
    parts = [f"{how} {quoted(word(event, name))}" for name, how in more.items() if event.fields.get(name) is not None]
    until = [f"until {word(event, 'until')}"] if event.fields.get("until") is not None else []
    return ", ".join([said, *parts, *until, *sealed_words(event)])


def refusal_words(event: BundledEvent) -> str:
    """What stands against calling somebody, or does not any more; whose word that was, and why."""
    about, until = word(event, "purpose"), word(event, "expires_at")
    campaign, source = word(event, "campaign_id"), word(event, "source")
    call = f" in the call {word(event, 'said')}" if event.fields.get("said") is not None else ""
    at = f", said on {word(event, 'said_at')}" if event.fields.get("said_at") is not None else ""
    pressed = "by pressing a key" if source == "keypress" else f"on the word of {source}"
    words = {
        "recipient.declined": f"the person declined to be called about {quoted(about)} {pressed}{call}{at}",
        "recipient.decline_lifted": f"they may be called about {quoted(about)} again",
        "recipient.suppressed": f"suppressed for all campaigns {pressed}, {f'until {until}' if until else 'for good'}",
        "recipient.released": "the suppression was lifted",
        "recipient.withdrawn": f"the campaign {campaign} shall not call them any more",
        "recipient.erasure_requested": f"{word(event, 'requested_by')} asked to erase them; a second person has to",
        "recipient.erased": f"erased, with {word(event, 'calls')} calls of theirs: nobody calls them any more",
        "legal_hold.set": "a legal hold was set: nothing of them is erased",
        "legal_hold.lifted": "the legal hold was lifted",
    }
    because = [f"because {quoted(word(event, 'reason'))}"] if event.fields.get("reason") is not None else []
    return ", ".join([words[event.name], *because, *sealed_words(event)])


def sealed_words(event: BundledEvent) -> list[str]:
    """That there is more, which is not shown."""
    return ["the rest is sealed"] if event.is_sealed else []


def quoted(text: str) -> str:
    """Somebody's words, set apart from ours."""
    return f"\u201c{text}\u201d"


def actor(event: BundledEvent) -> str:
    """Who or what caused an event, as far as it is known."""
    return str(event.caused_by.get("actor", event.caused_by.get("by", "")))


def word(event: BundledEvent, name: str) -> str:
    """A field as text; "" where there is none."""
    value: Json = event.fields.get(name)
    return "" if value is None else str(value)
