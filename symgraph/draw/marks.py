"""Numbers on edges: a single number, a small grid in brackets, or a heat map with the array's shape."""

from __future__ import annotations

from .geometry import HEAT_CELL, LINE
from .labels import UNKNOWN, Block, escape


def mark(
    final: Block, now: Block | None, kind: str, x: float, top: float, size: tuple[float, float], ids: str, fresh: bool
) -> str:
    """Draw a number or array with its middle at ``x``; a dot stands for each number that is not known yet.

    Args:
        final: what will stand there in the end; it fixes the room.
        now: what is known now, or ``None``.
        kind: ``value`` or ``gradient``.
        x: the middle.
        top: the upper side of the room.
        size: width and height of the room.
        ids: an id attribute, or nothing.
        fresh: whether the last step changed it.
    """
    look = " ".join([kind, *(["fresh"] if fresh else []), *([] if now else ["unknown"])])
    if not final.rows:
        return f"<g{ids}>{_heat(final, now, kind, x, top)}</g>"
    if not final.bracket:
        text = now.rows[0][0] if now else UNKNOWN
        return f'<g{ids}><text class="{look}" x="{x:.1f}" y="{top + 11:.1f}">{text}</text></g>'
    return f"<g{ids}>{_grid(final, now, kind, look, x, top, size[0])}</g>"


def _grid(final: Block, now: Block | None, kind: str, look: str, x: float, top: float, width: float) -> str:
    rows, columns = len(final.rows), len(final.rows[0])
    note_first = kind == "value"
    start = top + LINE if note_first else top
    note_y = top + 10 if note_first else top + rows * LINE + 11
    cell = (width - 6) / columns
    left, right, low = x - width / 2, x + width / 2, start + rows * LINE
    parts = [
        f'<path class="bracket" d="M{left + 4:.1f} {start:.1f}h-3V{low:.1f}h3'
        f'M{right - 4:.1f} {start:.1f}h3V{low:.1f}h-3"/>',
        f'<text class="small muted" x="{x:.1f}" y="{note_y:.1f}">{escape(final.note)}</text>',
    ]
    for i in range(rows):
        for j in range(columns):
            text = now.rows[i][j] if now else UNKNOWN
            cell_x = left + 3 + (j + 0.5) * cell
            parts.append(f'<text class="{look} cell" x="{cell_x:.1f}" y="{start + i * LINE + 11:.1f}">{text}</text>')
    return "".join(parts)


def _heat(final: Block, now: Block | None, kind: str, x: float, top: float) -> str:
    """Draw |entries| relative to the largest, at most 12 × 12 of them, as opacities."""
    rows = len(final.heat)
    columns = len(final.heat[0]) if rows else 0
    note_first = kind == "value"
    start = top + LINE if note_first else top
    note_y = top + 10 if note_first else start + rows * HEAT_CELL + 11
    left = x - columns * HEAT_CELL / 2
    look = "" if now else ' visibility="hidden"'
    cells = "".join(
        f'<rect x="{left + j * HEAT_CELL:.1f}" y="{start + i * HEAT_CELL:.1f}" width="{HEAT_CELL}" '
        f'height="{HEAT_CELL}" class="{kind}" fill-opacity="{0.08 + 0.92 * value:.2f}"/>'
        for i, row in enumerate(final.heat)
        for j, value in enumerate(row)
    )
    note = f'<text class="small muted" x="{x:.1f}" y="{note_y:.1f}">{escape(final.note)}</text>'
    return f'<g class="heat"{look}>{cells}</g>{note}'
