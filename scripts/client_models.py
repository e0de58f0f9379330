"""Prints the client's models: what its requests send and get, by datamodel-code-generator from the API's description."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entrypoints.http.description import document

ROOTS = (
    "CallbackInput",
    "CallbackNow",
    "Campaign",
    "Enrolment",
    "EnrolmentDone",
    "OutcomesPage",
    "Recipient",
    "SuppressionChanged",
    "SuppressionInput",
    "Waiting",
)
CHECKOUT = Path(__file__).resolve().parent.parent
HEADER = '"""What requests send and get. Made by scripts/client from the API\'s description: do not edit."""'
# The fields of a TypedDict are whatever the server sends: what a later one adds is there, too, and breaks nothing.
GENERATOR = (
    *(sys.executable, "-m", "datamodel_code_generator", "--input-file-type", "openapi", "--disable-warnings"),
    *("--output-model-type", "typing.TypedDict", "--no-use-closed-typed-dict", "--enum-field-as-literal", "all"),
    *("--target-python-version", "3.11", "--collapse-root-models", "--naming-strategy", "parent-prefixed"),
    *("--use-schema-description", "--use-single-line-docstring", "--custom-file-header", HEADER),
    *("--formatters", "builtin", "--ignore-pyproject"),
)
FORMATTER = (str(Path(sys.executable).with_name("ruff")), "format", "--quiet", "--stdin-filename", "models.py", "-")


def reached(schemas: dict[str, Any]) -> set[str]:
    """The names of the roots, and of all that they refer to."""
    found: set[str] = set()
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(schemas[name])
    return found


def references(schema: Any) -> Iterator[str]:
    """The names of the schemas that one refers to."""
    if isinstance(schema, dict):
        if isinstance(name := schema.get("$ref"), str):
            yield name.rpartition("/")[2]
        for inner in schema.values():
            yield from references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from references(inner)


def main() -> None:
    description = json.loads(json.dumps(document(needs_token=True)))
    schemas = description["components"]["schemas"]
    description["paths"] = {}
    description["components"] = {"schemas": {name: schemas[name] for name in sorted(reached(schemas))}}
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "openapi.json"), Path(folder, "models.py")
        given.write_text(json.dumps(description))
        subprocess.run([*GENERATOR, "--input", str(given), "--output", str(made)], check=True)
        subprocess.run(FORMATTER, input=made.read_bytes(), cwd=CHECKOUT, check=True)


if __name__ == "__main__":
    main()
