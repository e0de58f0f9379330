"""A judge of what Dialtrail did: it reads the provider's log and the ledger's feed, and says what is broken.

It is not ours to please: it imports nothing of the rooms and nothing but the standard library, and has its own reading of
each promise. `judge(folder)` gives what is broken, with the lines that show it; `python -m tests.simulation.judge FOLDER`
prints it and exits 1.
"""

from tests.simulation.judge.bench import judge
from tests.simulation.judge.lines import Broken

__all__ = ["Broken", "judge"]
