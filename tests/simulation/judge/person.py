"""Who is one person: numbers that lead to the same telephone, by the judge's own short reading of a few numbering plans."""

DIALLED_INSIDE = {
    "1": ("1", 10),
    "33": ("0", 9),
    "44": ("0", 10),
    "49": ("0", 0),
    "52": ("1", 10),
    "54": ("9", 10),
}
"""By country: what is written before the national number and is not part of it, and how many digits that then has; 0: any."""
BRAZIL, BRAZIL_AREA, BRAZIL_OLD, MOBILES_BEGIN = "55", 2, 10, "6789"


def person_of(number: str) -> str:
    """The one way to write this person's number; as it is where nothing is known of its plan."""
    digits = number.removeprefix("+")
    for country, (before, length) in DIALLED_INSIDE.items():
        own = digits.removeprefix(country + before)
        if own != digits and length in {0, len(own)}:
            return f"+{country}{own}"
    own = digits.removeprefix(BRAZIL)
    if own != digits and len(own) == BRAZIL_OLD and own[BRAZIL_AREA] in MOBILES_BEGIN:
        return f"+{BRAZIL}{own[:BRAZIL_AREA]}9{own[BRAZIL_AREA:]}"
    return number
