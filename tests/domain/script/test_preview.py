"""The tree of what a caller can hear."""

from collections.abc import Iterator

from hypothesis import given, settings

from domain.script import Ask, Branch, End, HandOver, Say, Script, StartRecording, StepPreview, Transfer, scenes
from tests.domain.script.given import menu
from tests.domain.script.strategies import scripts, variables
from tests.examples import examples


def test_each_step_is_told_once_with_what_leads_to_it() -> None:
    goodbye = StepPreview(step="goodbye", actions=(Say("Goodbye."),))
    confirmed = StepPreview(
        step="confirmed", actions=(Say("Thank you."),), ways=(Branch(when=("next",), step="goodbye", scene=goodbye),)
    )
    agent = StepPreview(
        step="agent",
        actions=(Transfer(destination="+15551230009"),),
        ways=(Branch(when=("otherwise",), step="goodbye", scene=None),),
    )
    question = Ask(prompt="Press 1 to confirm, 2 for an agent.", timeout_seconds=7, finish_on_key="#")
    asking = StepPreview(
        step="menu",
        actions=(question,),
        tries_max=3,
        ways=(
            Branch(when=(), pressed=("1",), step="confirmed", scene=confirmed),
            Branch(when=(), pressed=("2",), step="agent", scene=agent),
            Branch(when=("no_input", "timeout", "exhausted"), step="goodbye", scene=None),
            Branch(when=("invalid",), step="menu", scene=None),
        ),
    )

    assert scenes(menu(), {"name": "Ada"}) == (
        StepPreview(
            step="greeting",
            actions=(Say("Hello Ada, your parcel comes soon."), StartRecording()),
            ways=(Branch(when=("next",), step="menu", scene=asking),),
        ),
        StepPreview(
            step="anonymous",
            actions=(Say("Hello, your parcel comes soon."),),
            ways=(Branch(when=("next",), step="menu", scene=None),),
        ),
    )


def test_a_variable_without_a_value_stays_in_the_text() -> None:
    assert scenes(menu(), {})[0].actions[0] == Say("Hello {name}, your parcel comes soon.")


def told(scene: StepPreview) -> Iterator[StepPreview]:
    yield scene
    for way in scene.ways:
        if way.scene is not None:
            yield from told(way.scene)


@settings(max_examples=examples(100), deadline=None)
@given(scripts(), variables())
def test_every_step_is_in_the_tree_once(script: Script, known: dict[str, str]) -> None:
    found = [scene for tree in scenes(script, known) for scene in told(tree)]

    assert sorted(scene.step for scene in found) == sorted(script.steps)
    for scene in found:
        step = script.steps[scene.step]
        is_last = isinstance(step.exit, End) or (isinstance(step.exit, HandOver) and step.exit.otherwise is None)
        assert (scene.ways == ()) == is_last
