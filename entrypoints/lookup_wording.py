"""A campaign's lookup in sentences, from the form in which the API shows it."""

from collections.abc import Mapping
from typing import Any

from entrypoints.policy_wording import length_in_words

ON_FAILURE: Mapping[str, str] = {
    "go_on": "they are called without it, unless the script needs what is missing then",
    "hold": "they are held, and asked about again after a minute, then after waits that grow to a quarter of an hour",
    "skip": "they are taken out of the campaign",
}


def lookup_sentences(lookup: Mapping[str, Any] | None, ttl_seconds: int | None) -> list[str]:
    """Who is asked about each person, what an answer is good for, and what follows where none comes; nothing without a lookup."""
    if lookup is None:
        return []
    good = "for that call alone" if not ttl_seconds else f"for {length_in_words(ttl_seconds)}"
    on_failure, seconds = str(lookup["on_failure"]), lookup["timeout_seconds"]
    then = ON_FAILURE.get(on_failure, on_failure)
    return [
        f"Before anybody is called, {lookup['url']} is asked about them; an answer is used {good}.",
        f"Where no answer comes within {seconds:g} s that can be used, {then}.",
    ]
