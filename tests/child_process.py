"""Child processes of the tests."""

import subprocess
from types import TracebackType
from typing import AnyStr


class ChildProcess(subprocess.Popen[AnyStr]):
    """A child that is killed where its `with` block fails: no test waits without end for one that does not listen."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, error, traceback)
