"""What became of a wished call, in words."""

from collections.abc import Mapping

WHY_GIVEN_UP: Mapping[str, str] = {
    "operator": "somebody gave it up",
    "not_called_in_time": "nothing stood against it, and nobody came to it in time",
    "call_is_anothers": "a key wished it in a call that turned out to be another's",
    "campaign_not_running": "the campaign did not run",
    "campaign_over": "the campaign ends before that time",
    "withdrawn": "they were taken out of the campaign",
    "suppressed": "they are suppressed",
    "refused": "MiniVoice refused their number",
    "attempts_used_up": "their attempts are used up",
}
SOURCES: Mapping[str, str] = {
    "operator": "as somebody entered it",
    "keypress": "by a key in a call",
    "import": "as the file said that enrolled them",
}


def why_given_up(why: str) -> str:
    """Why a wish was given up; of a rule that is not known here, its name."""
    return WHY_GIVEN_UP.get(why) or f"{why.replace('_', ' ')} stood against it"


def source_in_words(source: str) -> str:
    """Where a wish comes from."""
    return SOURCES.get(source, source)
