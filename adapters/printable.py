"""Text of others that is shown to people: nothing in it steers the terminal."""


def visible(text: str) -> str:
    """The text with control characters written out, so that what others sent us cannot steer a terminal."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
