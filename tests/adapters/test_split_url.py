import pytest

from adapters.split_url import split_url


@pytest.mark.parametrize(
    "url",
    [
        "smtp://me:hidden/word@host",
        "smtp://me:hidden#word@host",
        "https://me:hidden\u2100@host",
        "https://[hidden",
        "h://h:hidden",
    ],
)
def test_what_is_wrong_is_said_without_any_of_the_address(url: str) -> None:
    with pytest.raises(ValueError, match="port that is no number") as refused:
        split_url(url)
    assert "hidden" not in f"{refused.value!r} {refused.value.__cause__}"


def test_the_parts_are_as_they_are_written() -> None:
    parts, port = split_url("smtps://me:pass%2Fword@mail.example.org:99")
    assert (parts.hostname, port, parts.password) == ("mail.example.org", 99, "pass%2Fword")
    assert split_url("https://example.org/calls")[1] is None
