"""What to look at where calls are handed to people, or where a campaign is held to people who are handed none."""

from collections.abc import Iterator
from datetime import datetime

from domain.agents import calls_for
from domain.campaign import CampaignState, agent_rules
from domain.counted import counted
from domain.errors import InvalidInput
from domain.script import HandOver, script_of

NO_AGENTS_SAYS = (
    "the script hands calls over, and the campaign is not held to agents: more people may answer than are free to talk to "
    "them; revise it with [agents], and tell who is free (`dialtrail agents set`), if that is not what you mean"
)
NO_HANDING_SAYS = (
    "the campaign is held to agents, and its script hands no call over: it calls nobody while no agent is told to be free; "
    "revise it with a transfer, or without agents"
)


def agent_warnings(state: CampaignState) -> Iterator[tuple[str, str]]:
    """Each with its permanent name. A campaign without a script, or with one that cannot be read, hands over what is not known here."""
    if state.is_over or state.plan.script is None:
        return
    try:
        script = script_of(state.plan.script)
    except InvalidInput:
        return
    hands_over = any(isinstance(step.exit, HandOver) for step in script.steps.values())
    if hands_over and agent_rules(state) is None:
        yield "no_agents", NO_AGENTS_SAYS
    if not hands_over and agent_rules(state) is not None:
        yield "no_transfer", NO_HANDING_SAYS


def free_agent_warnings(state: CampaignState, now: datetime) -> Iterator[tuple[str, str]]:
    """What keeps a campaign that is held to agents from calling at `now`. A system that is asked for them is not asked before it runs."""
    rules, known = agent_rules(state), state.agents
    if state.is_over or rules is None:
        return
    if known is not None and known.is_fresh_at(rules, now):
        if not calls_for(rules, known.free):
            times = "" if rules.factor == 1 else f", times a factor of {rules.factor:g}"
            says = f"{counted(known.free, 'agent is', 'agents are')} free{times}, which lets no call be"
            yield "no_agent_free", f"{says}: nobody is called until more are"
    elif rules.url is None or state.phase == "running":
        said = "nobody has said how many agents are free"
        if known is not None:
            said = f"what was last said of agents is older than the {rules.life_seconds} s for which it is believed"
        yield "agents_unknown", f"{said}: nobody is called until it is told (`dialtrail agents set`)"
