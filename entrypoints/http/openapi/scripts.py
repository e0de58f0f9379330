"""The routes of a script's versions."""

from entrypoints.http.openapi.campaigns import ID
from entrypoints.http.openapi.operation import READ, Operation
from entrypoints.http.openapi.shape import (
    COUNT,
    INSTANT,
    POSITION,
    TEXT,
    Schema,
    after,
    as_of,
    in_path,
    limit,
    many,
    nullable,
    page,
    record,
    ref,
)
from entrypoints.http.routes.scripts import PAGE_VERSIONS_DEFAULT, PAGE_VERSIONS_MAX, VERSIONS_MAX

NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": VERSIONS_MAX - 1}
FIELDS: dict[str, Schema] = {
    "version": NUMBER,
    "recorded_at": INSTANT,
    "at_position": {**POSITION, "description": "of the event that made it the campaign's script"},
    "actor": {**nullable(TEXT), "description": "who did; null to viewers"},
    "reason": {**nullable(TEXT), "description": "null to viewers"},
    "steps": {**nullable(COUNT), "description": "how many it has; null where the campaign had no script any more"},
}
SCRIPT: Schema = {
    "type": ["object", "null"],
    "description": "as a campaign file has it; to viewers without destinations",
}
SCHEMAS: dict[str, Schema] = {
    "ScriptVersion": record(FIELDS),
    "WholeScriptVersion": record({**FIELDS, "script": SCRIPT, "position": POSITION}),
}
PROBLEMS = (*READ, "invalid-input", "not-found")
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/scripts",
        summary="The versions of a campaign's script, oldest first",
        parameters=(ID, after(VERSIONS_MAX), limit(PAGE_VERSIONS_DEFAULT, PAGE_VERSIONS_MAX), as_of()),
        answers={200: page(ref("ScriptVersion"), position=POSITION)},
        problems=PROBLEMS,
    ),
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/scripts/{version}",
        summary="One version of a campaign's script",
        parameters=(ID, in_path("version", NUMBER, "its number"), as_of()),
        answers={200: ref("WholeScriptVersion")},
        problems=PROBLEMS,
    ),
    Operation(
        method="GET",
        path="/v1/campaigns/{id}/scripts/{version}/compare/{other}",
        summary="What two versions of a campaign's script differ in",
        parameters=(ID, in_path("version", NUMBER, "the one"), in_path("other", NUMBER, "the other"), as_of()),
        answers={
            200: record(
                {
                    "before": ref("ScriptVersion"),
                    "after": ref("ScriptVersion"),
                    "changes": many(record({"field": TEXT, "before": {}, "after": {}})),
                    "position": POSITION,
                }
            )
        },
        problems=PROBLEMS,
    ),
)
