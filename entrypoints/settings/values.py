"""What a setting's text may be, and what it becomes."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr

from adapters.signing import SigningSecret
from adapters.split_url import split_url
from application.actor import ROLES, Role
from domain.errors import InvalidInput
from domain.phone_number import is_e164

TOKENS_FORM = "write name:role:token, with commas between several; the roles are viewer, auditor and operator"
NUMBERS_FORM = "write numbers like +15551230002, with commas between them"
NETWORKS_FORM = "write addresses or networks like 127.0.0.1 or 10.0.0.0/8, with commas between them"
TARGETS_FORM = "write networks like 127.0.0.1/32 or 10.20.0.0/16, with commas between them"
Network = IPv4Network | IPv6Network
_HEADER_SAFE = re.compile(r"[!-~]+", re.ASCII)
_PATH_SAFE = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)


class AccessToken(BaseModel):
    """Who may come in: a name for the ledger's `metadata`, what they may do, and the bearer token that shows it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str
    role: Role
    token: SecretStr


def _listed(text: str) -> list[str]:
    return [entry for part in text.split(",") if (entry := part.strip())]


def _tokens(value: object) -> object:
    if not isinstance(value, str):
        return value
    found: list[AccessToken] = []
    for place, entry in enumerate(_listed(value), start=1):
        name, role, token = ([part.strip() for part in entry.split(":", 2)] + ["", ""])[:3]
        known = next((one for one in ROLES if one == role), None)
        if not name or not token:
            raise ValueError(f"entry {place} is not complete")
        if known is None:
            raise ValueError(f"entry {place} has no known role")
        if _HEADER_SAFE.fullmatch(token) is None:
            raise ValueError(f"the token of entry {place} has characters that no HTTP header may carry")
        if any(one.name == name or one.token.get_secret_value() == token for one in found):
            raise ValueError(f"entry {place} repeats the name or the token of another")
        found.append(AccessToken(name=name, role=known, token=SecretStr(token)))
    if not found:
        raise ValueError("names nobody")
    return tuple(found)


def _numbers(value: object) -> object:
    if not isinstance(value, str):
        return value
    numbers = _listed(value)
    for place, number in enumerate(numbers, start=1):
        if not is_e164(number):
            raise ValueError(f"entry {place} is not a phone number in E.164 form")
    if not numbers:
        raise ValueError("names no number")
    return frozenset(numbers)


def _proxies(value: object) -> object:
    return _networks(value, "so that anybody could write which one is theirs")


def _targets(value: object) -> object:
    return _networks(value, "so that nothing would be out of reach")


def _networks(value: object, why_not_all: str) -> object:
    if not isinstance(value, str):
        return value
    networks: list[Network] = []
    for place, entry in enumerate(_listed(value), start=1):
        try:
            networks.append(ip_network(entry))
        except ValueError:
            raise ValueError(f"entry {place} is not an address, nor a network") from None
        if networks[-1].prefixlen == 0:
            raise ValueError(f"entry {place} is every address, {why_not_all}")
    if not networks:
        raise ValueError("names no network")
    return tuple(networks)


def _web_address(text: str) -> str:
    parts, _ = split_url(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http or https address")
    if parts.username or parts.password or parts.query or parts.fragment or re.search(r"\s", text):
        raise ValueError("has more in it than a host, a port and a path")
    return text.rstrip("/")


def _database(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("does not name a PostgreSQL database")
    return secret


def _header_safe(secret: SecretStr) -> SecretStr:
    if _HEADER_SAFE.fullmatch(secret.get_secret_value()) is None:
        raise ValueError("has spaces or characters that no HTTP header may carry")
    return secret


def _signs(secret: SecretStr) -> SecretStr:
    try:
        SigningSecret(secret.get_secret_value())
    except InvalidInput:
        raise ValueError("is not whsec_ and 16 to 64 bytes in base64") from None
    return secret


def _path_safe(secret: SecretStr) -> SecretStr:
    if _PATH_SAFE.fullmatch(secret.get_secret_value()) is None:
        raise ValueError("has characters that a web address would have to escape")
    return secret


WebAddress = Annotated[str, AfterValidator(_web_address)]
DatabaseSecret = Annotated[SecretStr, AfterValidator(_database)]
HeaderSecret = Annotated[SecretStr, AfterValidator(_header_safe)]
LookupSecret = Annotated[SecretStr, AfterValidator(_signs)]
PathSecret = Annotated[SecretStr, AfterValidator(_path_safe)]
Tokens = Annotated[tuple[AccessToken, ...], BeforeValidator(_tokens)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_proxies)]
TargetNetworks = Annotated[tuple[Network, ...], BeforeValidator(_targets)]
Numbers = Annotated[frozenset[str] | None, BeforeValidator(_numbers)]
