"""Which targets may be asked: every spelling of an inner address that is known to have fooled others, and more."""

from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.targets import Target, TargetRefused, check_target, check_written, read_target, why_not_public

HERE = (ip_network("127.0.0.1/32"),)
INNER = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
    "ff02::1", "ff0e::1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_never_asked(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    for scheme in ("http", "https"):
        with pytest.raises(TargetRefused, match="DIALTRAIL_TARGETS_ALLOWED"):
            check_written(read_target(f"{scheme}://{host}:8443/x"), ())
    with pytest.raises(TargetRefused):
        check_target(read_target("https://crm.example.org/"), [address], ())
    with pytest.raises(TargetRefused):  # one bad answer among good ones
        check_target(read_target("https://crm.example.org/"), ["8.8.8.8", address], ())


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_a_public_address_is_asked_over_https_only(address: str) -> None:
    assert why_not_public(ip_address(address)) is None
    assert check_target(read_target("https://crm.example.org/"), [address], ())
    with pytest.raises(TargetRefused, match="in clear"):
        check_target(read_target("http://crm.example.org/"), [address], HERE)


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://017700000001/", "http://0x7f000001/", "http://0x7f.1/", "http://127.1/",
        "http://0177.0.0.1/", "http://127.0.0.01/", "http://127.0.0.1./", "http://1.0x/", "http://0/", "http://0x/",
        "http://256.1.1.1/", "http://1.2.3.4.5/", "http://%31%32%37.0.0.1/", "http://\uff11\uff12\uff17.0.0.1/",
        "http://①②⑦.0.0.1/", "http://127。0。0。1/", "http://loca\u2113host/", "http://[::1%25lo]/", "http://[fe80::1%eth0]/",
        "http://[::1]extra/", "http://[127.0.0.1]/", "http://::1/", "http://user@crm.example.org/",
        "http://user:word@crm.example.org/", "http://crm.example.org@127.0.0.1/", "http://crm.example.org\\@127.0.0.1/",
        "http://127.0.0.1\\.crm.example.org/", "http://crm.example.org#@127.0.0.1/", "https://crm.example.org/#part",
        "https://crm.example.org/#", "http:///path", "http:crm.example.org", "//crm.example.org/", "crm.example.org", "",
        "ftp://crm.example.org/", "file:///etc/passwd", "gopher://127.0.0.1:70/_x", "unix:///run/docker.sock",
        "https://crm.example.org:0/", "https://crm.example.org:65536/", "https://crm.example.org:x/",
        "https://crm.example.org/a b", "https://crm.example.org/\r\nX-Header: 1", "https://crm.example.org/\x00",
        "https://-crm.example.org/", "https://crm..example.org/", "https://.example.org/", f"https://{'a' * 64}.org/",
        f"https://crm.example.org/{'a' * 2_000}", "https://\u212arm.example.org/",
    ],
)  # fmt: skip
def test_what_is_not_plainly_a_web_address_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        check_written(read_target(url), HERE)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://crm.example.org", Target("https", "crm.example.org", 443, "/")),
        ("HTTPS://CRM.Example.org.:443/Hook?a=1", Target("https", "crm.example.org", 443, "/Hook?a=1")),
        ("http://127.0.0.1:9/", Target("http", "127.0.0.1", 9, "/")),
        ("https://[2606:4700::1111]:444/", Target("https", "2606:4700::1111", 444, "/")),
        ("https://xn--mnchen-3ya.example/", Target("https", "xn--mnchen-3ya.example", 443, "/")),
    ],
)
def test_a_web_address_is_read(url: str, target: Target) -> None:
    assert read_target(url) == target
    assert read_target(f"{target.scheme}://{target.authority}{target.path}") == target


def test_what_is_allowed_by_name_may_be_private_and_in_clear() -> None:
    assert check_target(read_target("http://localhost:9/"), ["127.0.0.1"], HERE) == ("127.0.0.1",)
    assert check_target(read_target("http://inner.example/"), ["::ffff:127.0.0.1"], HERE) == ("127.0.0.1",)
    check_written(read_target("http://127.0.0.1/"), HERE)
    for address in ("127.0.0.2", "::1", "10.0.0.1", "64:ff9b::127.0.0.1"):
        with pytest.raises(TargetRefused):
            check_target(read_target("http://localhost:9/"), ["127.0.0.1", address], HERE)


def test_a_name_of_this_machine_is_refused_before_it_is_asked_for() -> None:
    for url in ("https://localhost/", "https://LOCALHOST./", "https://x.localhost/"):
        with pytest.raises(TargetRefused, match="this machine"):
            check_written(read_target(url), ())


def test_a_name_without_an_address_and_answers_that_are_none_are_refused() -> None:
    for answers in ([], ["nowhere"], ["127.1"], ["8.8.8.8", ""]):
        with pytest.raises(TargetRefused):
            check_target(read_target("https://crm.example.org/"), answers, ())


@given(st.integers(0, 2**32 - 1))
def test_what_carries_an_inner_address_is_no_better_than_it(number: int) -> None:
    bare = IPv4Address(number)
    for carried in (f"::ffff:{bare}", f"64:ff9b::{bare}"):
        assert why_not_public(ip_address(carried)) == why_not_public(bare)
    if bare.is_private or not bare.is_global:
        assert why_not_public(bare) is not None
