"""What one client may cost the server before anything is known of it: size, time and number of connections."""

from typing import Any

from pydantic import BaseModel, Field


def setting(variable: str, default: object, means: str, form: str, **more: Any) -> Any:
    """A field that is a setting: its variable, its default, what it means, and what to write."""
    return Field(
        default, validation_alias=variable, description=means, json_schema_extra={"form": f"write {form}"}, **more
    )


class WireSettings(BaseModel):
    """The bounds of connections; part of `Settings`."""

    http_head_bytes_max: int = setting(
        "DIALTRAIL_HTTP_HEAD_BYTES_MAX",
        65_536,
        "how many bytes a request's line, headers and trailers may have together",
        "a whole number of bytes from 8192 to 1048576, such as 65536",
        ge=8_192,
        le=1_048_576,
    )
    http_fields_max: int = setting(
        "DIALTRAIL_HTTP_FIELDS_MAX",
        100,
        "how many headers and trailers a request may have together",
        "a whole number from 20 to 1000, such as 100",
        ge=20,
        le=1_000,
    )
    http_first_byte_seconds: float = setting(
        "DIALTRAIL_HTTP_FIRST_BYTE_SECONDS",
        30.0,
        "how long a new connection may be silent",
        "seconds above 0 and up to 600, such as 30",
        gt=0,
        le=600,
    )
    http_head_seconds: float = setting(
        "DIALTRAIL_HTTP_HEAD_SECONDS",
        30.0,
        "how long a request's line and headers may take to come",
        "seconds above 0 and up to 600, such as 30",
        gt=0,
        le=600,
    )
    http_body_seconds: float = setting(
        "DIALTRAIL_HTTP_BODY_SECONDS",
        30.0,
        "how long a body may take, beside one second for each 16 KiB of it",
        "seconds above 0 and up to 600, such as 30",
        gt=0,
        le=600,
    )
    http_reader_seconds: float = setting(
        "DIALTRAIL_HTTP_READER_SECONDS",
        120.0,
        "how long a reader may take nothing of its answer",
        "seconds above 0 and up to 3600, such as 120",
        gt=0,
        le=3_600,
    )
    http_connections_max: int = setting(
        "DIALTRAIL_HTTP_CONNECTIONS_MAX",
        1_000,
        "how many connections may be open at once; fewer where the machine allows this process too few open files",
        "a whole number of connections from 10 to 100000, such as 1000",
        ge=10,
        le=100_000,
    )
    http_connections_per_address_max: int = setting(
        "DIALTRAIL_HTTP_CONNECTIONS_PER_ADDRESS_MAX",
        500,
        "how many of them may come from one address (of IPv6: one /64 network); a proxy is one address",
        "a whole number of connections from 1, such as 500",
        ge=1,
        le=100_000,
    )
    files_reserved: int = setting(
        "DIALTRAIL_FILES_RESERVED",
        640,
        "open files kept for the ledger and for requests to MiniVoice, out of reach of connections from outside; "
        "where so many are not allowed, half of what is",
        "a whole number of files from 64 to 100000, such as 640",
        ge=64,
        le=100_000,
    )
    acceptors: int | None = setting(
        "DIALTRAIL_ACCEPTORS",
        None,
        "how many processes accept connections and verify and read webhooks beside the one that writes; 0: it does so "
        "itself. By default none on one core, one on two or three, two on more. Without a webhook secret there are none",
        "a whole number of processes from 0 to 16, such as 1",
        ge=0,
        le=16,
    )
