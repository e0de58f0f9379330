"""A load client that asks: GET for each path of a file, in turn, over kept connections; a process of its own.

python reads.py URL CONNECTIONS SECONDS PATHS        prints one line of JSON as load.py does
"""

import asyncio
import itertools
import sys
from pathlib import Path

import uvloop
from load import drive


async def main(url: str, connections: int, seconds: float, paths: list[str]) -> None:
    """Each connection has its own share of the paths, and begins again at their end."""
    requests = [f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode() for path in paths]
    await drive(
        url, [itertools.cycle(requests[first::connections] or requests) for first in range(connections)], seconds
    )


if __name__ == "__main__":
    asked = Path(sys.argv[4]).read_text().split()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), asked))
