"""What is wrong with a script, found before anybody is called: names, texts, ways that do not end, too many documents."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from domain.script.actions import Ask
from domain.script.callbacks import callback_faults
from domain.script.graph import circle_among, components, reachable, ways_of, without_questions
from domain.script.limits import ACTIONS_A_DOCUMENT_MAX, DOCUMENTS_A_CALL_MAX, STEPS_MAX
from domain.script.script import Gather, HandOver, Next, Script, ScriptStep
from domain.script.text import cleaned, template_of
from domain.script.walk import inlined, texts_of

NOT_VARIABLES = frozenset({"number", "zone"})


class ScriptFault(Struct, frozen=True, order=True):
    """Why a script cannot be used: the step, if it is one's, the field in it, and what to do."""

    step: str
    field: str
    says: str

    @property
    def path(self) -> str:
        """The field as the script's author wrote it."""
        return ".".join(part for part in ("script", self.step and f"steps.{self.step}", self.field) if part)


def check_script(script: Script) -> list[ScriptFault]:
    """All that is wrong with it, in the order of its steps; nothing: every walk ends, and every document can be said.

    What only hangs on how its steps hang together is looked for once each of them is sound by itself.
    """
    faults = [*_names(script), *_texts(script), *_questions(script)]
    if not faults:
        faults = [*_reach(script), *_ends(script)]
    if not faults:
        faults = [*_documents(script)]
    return faults


def required_variables(script: Script) -> frozenset[str]:
    """The variables that a recipient must have, because the script has no default for them."""
    named = {name for step in script.steps.values() for name in _variables(step)}
    return frozenset(name for name in named if not cleaned(script.defaults.get(name, "")))


def documents_max(script: Script) -> int:
    """How many documents one call fetches at most: the first, one for each question and one for each failed handing over."""
    ways = ways_of(script, required_variables(script))
    within = {name: members for members in components(ways) for name in members}
    count = 1
    for name, step in script.steps.items():
        match step.exit:
            case Gather(tries_max=tries_max):
                count += tries_max
            case HandOver(otherwise=str()):
                # One that can come again is asked for in between, by a question of the same circle.
                count += 1 + sum(_tries(script.steps[other]) for other in within[name])
            case _:
                pass
    return count


def _tries(step: ScriptStep) -> int:
    return step.exit.tries_max if isinstance(step.exit, Gather) else 0


def _variables(step: ScriptStep) -> Iterator[str]:
    for _, text in texts_of(step):
        yield from template_of(text).names


def _names(script: Script) -> Iterator[ScriptFault]:
    if not 1 <= len(script.steps) <= STEPS_MAX:
        yield ScriptFault("", "steps", f"must have 1 to {STEPS_MAX} steps")
    for field, name in (("start", script.start), ("on_missing_variable", script.on_missing_variable)):
        if name is not None and name not in script.steps:
            yield ScriptFault("", field, _unknown(script, name))
    for step in script.steps:
        for field, name in _named(script.steps[step]):
            if name not in script.steps:
                yield ScriptFault(step, field, _unknown(script, name))


def _unknown(script: Script, name: str) -> str:
    return f"names step {name}, which there is not; there are {', '.join(script.steps)}"


def _named(step: ScriptStep) -> Iterator[tuple[str, str]]:
    """Each step that a step names, with the field that does."""
    match step.exit:
        case Next(following):
            yield "next", following
        case Gather() as gather:
            yield from ((f"on.{digits}", name) for digits, name in gather.on.items())
            yield "no_input", gather.no_input
            others = (("invalid", gather.invalid), ("timeout", gather.timeout), ("exhausted", gather.exhausted))
            yield from ((field, name) for field, name in others if name is not None)
        case HandOver(otherwise=str(name)):
            yield "otherwise", name
        case _:
            return


def _texts(script: Script) -> Iterator[ScriptFault]:
    for name, step in script.steps.items():
        for field, text in texts_of(step):
            template = template_of(text)
            kept = next((name for name in template.names if name.casefold() in NOT_VARIABLES), None)
            if not cleaned(text):
                yield ScriptFault(name, field, "has nothing to say; write a text")
            elif template.fault is not None:
                yield ScriptFault(name, field, template.fault)
            elif kept is not None:
                yield ScriptFault(
                    name, field, f"has {{{kept}}}, which is a column of its own and no variable; copy it into another"
                )
    for name, value in script.defaults.items():
        if not cleaned(value):
            yield ScriptFault(
                "", f"defaults.{name}", "is empty; write what to say, or leave it out to need the variable"
            )
    if script.safe_text is not None:
        template = template_of(script.safe_text)
        if template.fault is not None or not cleaned(script.safe_text):
            yield ScriptFault("", "safe_text", template.fault or "has nothing to say; write a text, or leave it out")
        elif template.names:
            yield ScriptFault(
                "", "safe_text", "is said where variables are missing, so it can have none; write it without"
            )


def _questions(script: Script) -> Iterator[ScriptFault]:
    for name, step in script.steps.items():
        if isinstance(step.exit, Gather):
            yield from _question(name, step.exit.ask, step.exit.on)
            yield from (ScriptFault(name, field, says) for field, says in callback_faults(step.exit))


def _question(step: str, ask: Ask, on: Mapping[str, str]) -> Iterator[ScriptFault]:
    if ask.num_digits is not None and (ask.min_digits is not None or ask.max_digits is not None):
        yield ScriptFault(
            step, "gather.num_digits", "says exactly how many; leave it out, or min_digits and max_digits"
        )
    if ask.min_digits is not None and ask.max_digits is not None and ask.min_digits > ask.max_digits:
        yield ScriptFault(step, "gather.min_digits", "must not be more than max_digits")
    if ask.min_digits is not None and ask.min_digits > 1 and ask.num_digits is None and ask.max_digits is None:
        # MiniVoice's num_digits is 1 where nothing is said, and whether min_digits changes that is documented nowhere.
        yield ScriptFault(
            step, "gather.min_digits", "needs max_digits beside it; without, the question takes one digit"
        )
    longest = ask.digits_max
    for digits in on:
        if longest is not None and len(digits) > longest:
            yield ScriptFault(
                step, f"on.{digits}", f"can never be pressed: the question takes {longest} digits at most"
            )
        elif ask.min_digits is not None and len(digits) < ask.min_digits:
            yield ScriptFault(
                step, f"on.{digits}", f"can never be pressed: the question takes {ask.min_digits} at least"
            )
        elif ask.finish_on_key is not None and ask.finish_on_key in digits:
            yield ScriptFault(step, f"on.{digits}", f"can never be pressed: {ask.finish_on_key} finishes the question")


def _reach(script: Script) -> Iterator[ScriptFault]:
    begins = [script.start, *([] if script.on_missing_variable is None else [script.on_missing_variable])]
    reached = reachable(ways_of(script, frozenset()), begins)
    for name in script.steps:
        if name not in reached:
            yield ScriptFault(name, "", "is reached from nowhere; name it in another step, or take it out")


def _ends(script: Script) -> Iterator[ScriptFault]:
    needed = required_variables(script)
    plain = ways_of(script, frozenset())
    circle = circle_among(without_questions(script, frozenset()))
    if circle is not None:
        says = f"goes round for ever without asking anybody ({_round(circle)}); let one of these steps end, or ask"
        yield ScriptFault(circle[0], _leads(script, circle), says)
        return
    needy = [*_needy(script, needed)]
    if needy:
        yield from needy
        return
    ways = ways_of(script, needed)
    circle = circle_among(without_questions(script, needed))
    if circle is not None:
        says = f"goes round for ever where a variable is missing ({_round(circle)}); let it end without coming back"
        yield ScriptFault("", "on_missing_variable", says)
        return
    for name, step in script.steps.items():
        if isinstance(step.exit, Gather) and name in reachable(ways, [step.exit.on_exhausted]):
            field = "no_input" if step.exit.exhausted is None else "exhausted"
            why = "" if name in reachable(plain, [step.exit.on_exhausted]) else " where a variable is missing"
            says = f"leads back to {name} after its last try{why}; name in exhausted a step that does not"
            yield ScriptFault(name, field, says)


def _needy(script: Script, needed: frozenset[str]) -> Iterator[ScriptFault]:
    if script.on_missing_variable is None:
        return
    for step in inlined(script, script.on_missing_variable, {}):
        lacking = next((name for name in _variables(script.steps[step]) if name in needed), None)
        if lacking is not None:
            says = f"leads to step {step}, which needs {lacking}; give it in defaults, or say it without"
            yield ScriptFault("", "on_missing_variable", says)


def _round(circle: list[str]) -> str:
    return ", ".join([*circle, circle[0]])


def _leads(script: Script, circle: list[str]) -> str:
    following = circle[1] if len(circle) > 1 else circle[0]
    return next((field for field, name in _named(script.steps[circle[0]]) if name == following), "")


def _documents(script: Script) -> Iterator[ScriptFault]:
    most = documents_max(script)
    if most > DOCUMENTS_A_CALL_MAX:
        says = (
            f"may take {most} answers in one call (the first, one for each try of a question and for each otherwise); "
            f"MiniVoice asks for {DOCUMENTS_A_CALL_MAX} at most: take away tries or questions"
        )
        yield ScriptFault("", "steps", says)
    for name, field, begins in _beginnings(script):
        steps = list(inlined(script, begins, {}))
        actions = sum(len(script.steps[step].actions) for step in steps)
        if actions > ACTIONS_A_DOCUMENT_MAX:
            says = f"leads to {actions} actions in one answer; {ACTIONS_A_DOCUMENT_MAX} are the most"
            yield ScriptFault(name, field, says)
        if not actions and not isinstance(script.steps[steps[-1]].exit, Gather | HandOver):
            says = f"leads to an answer without any action, in step {steps[-1]}; let it say something"
            yield ScriptFault(name, field, says)


def _beginnings(script: Script) -> Iterable[tuple[str, str, str]]:
    """Each step that a document can begin with, and the step and field that lead to it; the same step only once."""
    found: dict[str, tuple[str, str]] = {script.start: ("", "start")}
    if script.on_missing_variable is not None:
        found.setdefault(script.on_missing_variable, ("", "on_missing_variable"))
    for name, step in script.steps.items():
        if isinstance(step.exit, Gather | HandOver):
            for field, following in _named(step):
                found.setdefault(following, (name, field))
    return [(name, field, begins) for begins, (name, field) in found.items()]
