"""Pausing Python's cyclic garbage collector while a pass makes many nodes.

Nodes never form reference cycles, so a collection during a pass finds nothing and costs a walk over every
live node.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Iterator[None]:
    """Switch the cyclic collector off inside this ``with`` block, if it was on."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
