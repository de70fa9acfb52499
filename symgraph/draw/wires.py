"""Links: level within columns and bent between them; between bands they run beside the boxes, not through them."""

from __future__ import annotations

from itertools import pairwise

from .geometry import Placed, meeting, overhang
from .labels import UNKNOWN
from .shapes import boundary
from .state import State

TURN = 14.0
BESIDE, APART, MOST_LANES = 7.0, 3.0, 4


def wires(placed: Placed, state: State, prefix: str | None) -> list[str]:
    """Draw all links, and thin dashed ones between a node and its adjoint."""
    made, story = placed.picture, placed.story
    boxes, shared, routes = made.boxes, meeting(made, story), Routes(placed)
    result = []
    for box in boxes:
        if box.exact and box.twin is not None:
            ids = f' id="{prefix}t{box.key}"' if prefix is not None else ""
            result.append(f'<path class="twin"{ids} d="{routes.down(box.twin, box.key, 0.0)}"/>')
    for link in made.links:
        across = boxes[link.source].order != boxes[link.target].order
        kinds = ["across"] if across else []
        kinds += ["lost"] if link.key in state.lost else []
        kinds += ["fresh"] if f"l{link.key}" in state.fresh else []
        extra = " ".join(["", *kinds])
        ids = f' id="{prefix}l{link.key}"' if prefix is not None else ""
        tips = f' id="{prefix}a{link.key}"' if prefix is not None else ""
        if across:
            d, tip = routes.across(link.source, link.target)
            result.append(f'<path class="link{extra}"{ids} d="{d}"/><path class="arrow{extra}"{tips} d="{tip}"/>')
            continue
        points = placed.layout.paths[link.key]
        way = -1 if boxes[link.target].order else 1
        end_x, end_y = points[-1]
        start = (points[0][0] + way * placed.measures[link.source].half_width, points[0][1])
        m = placed.measures[link.target]
        tip_x = end_x - way * boundary(boxes[link.target], m, end_y - placed.layout.y[link.target])
        result.append(
            f'<path class="link{extra}"{ids} d="{_curve([start, *points[1:-1], (tip_x - way * 5, end_y)])}"/>'
        )
        result.append(f'<path class="arrow{extra}"{tips} d="M{tip_x:.1f} {end_y:.1f}l{-way * 7} -3.5v7z"/>')
        final = story.parts.get(link.key) if story else None
        if final is not None and link.key in shared and final.rows and not final.bracket:
            now = state.parts.get(link.key)
            text = now.rows[0][0] if now else UNKNOWN
            reach = overhang(boxes[link.target], m.half_width)
            room = f' data-room="{m.entry - reach - 12:.0f}"'
            ids = f' id="{prefix}c{link.key}"{room}' if prefix is not None else ""
            x = end_x - way * (m.half_width + (m.entry + reach) / 2)
            look = (" fresh" if f"c{link.key}" in state.fresh else "") + ("" if now else " unknown")
            result.append(f'<text class="small gradient{look}"{ids} x="{x:.1f}" y="{end_y + 11:.1f}">{text}</text>')
    return result


def _curve(points: list[tuple[float, float]]) -> str:
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        bend = (x1 - x0) / 2
        level = abs(y1 - y0) < 0.05
        d += f"H{x1:.1f}" if level else f"C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    return d


class Routes:
    """Ways between bands: down beside the boxes of a column, bent only in the room between two bands."""

    def __init__(self, placed: Placed) -> None:
        self.placed = placed
        self.order = [box.order for box in placed.picture.boxes]
        self.columns: dict[float, list[int]] = {}
        for key, x in placed.layout.x.items():
            self.columns.setdefault(x, []).append(key)
        self.lanes: dict[tuple[float, bool], list[int]] = {}

    def across(self, source: int, target: int) -> tuple[str, str]:
        """Give the path and the arrow's tip of a link between bands."""
        layout, m = self.placed.layout, self.placed.measures[target]
        x, y = layout.x[target], layout.y[target]
        shift = min(9.0, m.half_width / 3)
        if layout.y[source] > y:
            low = y + m.half_height
            start = layout.y[source] - self.placed.measures[source].half_height
            return _bent([(layout.x[source], start, start), (x, low, low)]), f"M{x:.1f} {low:.1f}l-3 6h6z"
        top = y - m.half_height
        return self.down(source, target, shift), f"M{x + shift:.1f} {top:.1f}l-3 -6h6z"

    def down(self, upper: int, lower: int, shift: float) -> str:
        """Lead from the lower side of one box to the upper side of another, ``shift`` beside its middle.

        Without a shift the way is that of a twin: it keeps to the left.
        """
        layout = self.placed.layout
        order = self.order
        x0, x1 = layout.x[upper], layout.x[lower] + shift
        y0 = layout.y[upper] + self.placed.measures[upper].half_height
        y1 = layout.y[lower] - self.placed.measures[lower].half_height
        # it passes the numbers beside the two boxes before it turns aside
        leave = layout.y[upper] + max(self.placed.sizes[upper].below, y0 - layout.y[upper])
        arrive = layout.y[lower] - max(self.placed.sizes[lower].above, layout.y[lower] - y1)
        runs = [(x0, y0, layout.bands[order[upper]][1])]
        stacked = not shift and x0 == x1 and self._stands_between(lower, order[lower], below=False)
        if stacked or self._stands_between(upper, order[upper], below=True):
            runs = [
                (x0, y0, leave),
                (self._beside(upper, upper, bool(shift) and x1 > x0), leave + TURN, layout.bands[order[upper]][1]),
            ]
        middle = [band for band in sorted(layout.bands) if order[upper] < band < order[lower]]
        if middle:
            runs.append((self._beside(lower, upper, True), layout.bands[middle[0]][0], layout.bands[middle[-1]][1]))
        if self._stands_between(lower, order[lower], below=False):
            side = self._beside(lower, upper, bool(shift))
            runs += [(side, layout.bands[order[lower]][0], arrive - TURN), (x1, arrive, y1)]
        else:
            runs.append((x1, layout.bands[order[lower]][0], y1))
        return _bent(runs)

    def _stands_between(self, box: int, band: int, below: bool) -> bool:
        """Tell whether another box of the band stands below, or above, this one."""
        layout, y = self.placed.layout, self.placed.layout.y[box]
        return any(
            self.order[key] == band and (layout.y[key] > y if below else layout.y[key] < y)
            for key in self.columns[layout.x[box]]
        )

    def _beside(self, box: int, source: int, right: bool) -> float:
        """Find a lane beside a column; links from one source share it."""
        layout = self.placed.layout
        right = right and layout.right[box] < layout.width
        edge = layout.right[box] if right else layout.left[box]
        lane = self.lanes.setdefault((edge, right), [])
        if source not in lane:
            lane.append(source)
        out = BESIDE + APART * (lane.index(source) % MOST_LANES)
        return edge + out if right else edge - out


def _bent(runs: list[tuple[float, float, float]]) -> str:
    """Join vertical runs by curves that begin and end upright."""
    d, (x, _, y) = f"M{runs[0][0]:.1f} {runs[0][1]:.1f}V{runs[0][2]:.1f}", runs[0]
    for next_x, start, end in runs[1:]:
        middle = (y + start) / 2
        bent = f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {start:.1f}"
        d += (bent if next_x != x else "") + f"V{end:.1f}"
        x, y = next_x, end
    return d
