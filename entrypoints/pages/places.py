"""Where a form of ours may lead back to."""

from urllib.parse import urlsplit

HOME = "/"
NEXT_CHARS_MAX = 1_000


def own_place(text: str) -> str:
    """A place of ours to go to; anything else leads home."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return HOME
    is_plain = text.isascii() and text.isprintable() and len(text) <= NEXT_CHARS_MAX and "\\" not in text
    is_ours = not parts.scheme and not parts.netloc and text.startswith("/") and not text.startswith("//")
    return text if is_plain and is_ours else HOME
