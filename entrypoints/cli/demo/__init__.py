"""`dialtrail demo`: a whole campaign against the sandbox, as real processes, with the proof afterwards."""

from entrypoints.cli.demo.command import EPILOG, demo
