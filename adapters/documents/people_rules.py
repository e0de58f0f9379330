"""The parts of a policy that hang on people's own word, and on the law, as people and programs write them."""

from typing import Annotated

from pydantic import Field

from adapters.documents.input import StrictInput
from adapters.documents.texts import WHOLE, DayText, DigitsText, PurposeText
from domain.policy import ConsentRules, Per, PresetName

CONSENT_PURPOSES_MAX = 20
REST_DAYS_MAX = 3_650
DISCLOSURE_CHARS_MAX = 500


class DeclinedInput(StrictInput):
    """`policy.declined`: how a person says "do not call me about this", and what follows."""

    digits: DigitsText | None = None
    rest_days: Annotated[int, Field(ge=1, le=REST_DAYS_MAX), WHOLE] | None = None
    per: Per = "purpose"


class ConsentRulesInput(StrictInput):
    """`policy.consent`: whether nobody is called who has not agreed; who says which consents count requires one."""

    required: bool = True
    purposes: Annotated[list[PurposeText], Field(max_length=CONSENT_PURPOSES_MAX)] = Field(default_factory=list)
    max_age_days: Annotated[int, Field(ge=1, le=REST_DAYS_MAX), WHOLE] | None = None

    def rules(self) -> ConsentRules:
        """What it says."""
        return ConsentRules(required=self.required, purposes=tuple(self.purposes), max_age_days=self.max_age_days)


class DisclosureInput(StrictInput):
    """`policy.disclosure`: what each call has to say of itself in its first step, such as that a machine speaks."""

    says: Annotated[str, Field(min_length=1, max_length=DISCLOSURE_CHARS_MAX, pattern=r"\S")]
    required: bool = True


class BasedOnInput(StrictInput):
    """`policy.based_on`: the preset that it was made from, as it is shown."""

    preset: PresetName
    as_of: DayText
