"""What is known after some steps of a story."""

from __future__ import annotations

from dataclasses import dataclass, field

from .labels import Block
from .story import Story


@dataclass(slots=True)
class State:
    """What is known after some steps: blocks by box and link, and links to branches that were not taken.

    ``fresh`` are the ids that the last step changed.
    """

    values: dict[int, Block] = field(default_factory=dict)
    gradients: dict[int, Block] = field(default_factory=dict)
    parts: dict[int, Block] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    fresh: frozenset[str] = frozenset()


def state_after(story: Story | None, step: int | None) -> State:
    """Replay the first ``step`` events; all of them for ``None``."""
    state = State()
    if story is None:
        return state
    for event in story.events if step is None else story.events[:step]:
        if event.kind == "value":
            state.values[event.box] = event.block
            state.fresh = frozenset({f"v{event.box}"})
            continue
        state.gradients[event.box] = event.block
        state.fresh = frozenset({f"g{event.box}"})
        if event.link is not None and event.part is not None:
            state.lost |= {event.link} if event.lost else set()
            state.parts[event.link] = event.part
            state.fresh |= {f"c{event.link}", f"l{event.link}"}
    if step is None or step == 0:
        state.fresh = frozenset()
    return state
