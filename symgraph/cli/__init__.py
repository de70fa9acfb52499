"""The command line: parses arguments, calls the API, prints. Data on stdout, messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..core.errors import SymgraphError
from .arguments import parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code: 0, 1 for a failed check, 2 for bad input."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except SymgraphError as error:
        print(f"symgraph: {error}", file=sys.stderr)
        return 1 if isinstance(error, AssertionError) else 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
