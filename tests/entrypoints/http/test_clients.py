"""Models that others make of the description: they import, and say what a running server takes and answers."""

import asyncio
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from tests.entrypoints.http.openapi.filled import TWO_OPERATORS, fill
from tests.entrypoints.serving import FROM, OPERATOR, TO, Serving, on_a_socket, play

GENERATOR = (
    *(sys.executable, "-m", "datamodel_code_generator", "--input-file-type", "openapi"),
    *("--output-model-type", "pydantic_v2.BaseModel", "--target-python-version", "3.11", "--formatters", "builtin"),
)


def made_of(description: str, folder: Path) -> ModuleType:
    """The models that datamodel-code-generator makes of a description."""
    described, made = folder / "openapi.json", folder / "models_made_of_the_description.py"
    described.write_text(description)
    subprocess.run([*GENERATOR, "--input", str(described), "--output", str(made)], check=True, capture_output=True)
    spec = importlib.util.spec_from_file_location(made.stem, made)
    assert spec is not None
    assert spec.loader is not None
    models = importlib.util.module_from_spec(spec)
    sys.modules[made.stem] = models
    spec.loader.exec_module(models)
    return models


def test_models_made_of_the_description_say_what_a_server_takes_and_answers(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await fill(stage)
        async with on_a_socket(stage):
            stage.client.headers.update(OPERATOR)
            models = await asyncio.to_thread(made_of, (await stage.client.get("/openapi.json")).text, tmp_path)

            campaign = models.CampaignInput(id="by_a_client", **{"from": FROM})
            body = campaign.model_dump_json(by_alias=True, exclude_unset=True)
            created = await stage.client.post("/v1/campaigns", content=body)
            assert created.status_code == 201
            assert models.Campaign.model_validate_json(created.content).limits.calls_at_once == 10

            timeline = models.Timeline.model_validate_json(
                (await stage.client.get("/v1/calls/call_1/timeline")).content
            )
            assert (timeline.call_id, timeline.state.phase.value) == ("call_1", "ended")

            listed = await stage.client.get("/v1/campaigns/spring_followup/recipients?status=reached")
            page = models.RecipientsPage.model_validate_json(listed.content)
            assert [item.number for item in page.items] == [TO]

            unknown = await stage.client.get("/v1/calls/nobody")
            problem = models.NotFoundProblem.model_validate_json(unknown.content)
            assert (unknown.status_code, problem.title) == (404, "Nothing is known under that name")

    play(tmp_path / "data", scene, DIALTRAIL_TOKENS=TWO_OPERATORS)
