"""Bands of a flow: paths with a width in the unit of the axes, arrows, labels with room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from keytouch.style import text_width

Point = tuple[float, float]
Box = tuple[float, float, float, float]
INCH_PER_SIGN = 0.062  # a half-width character of 8 points
LINE_HEIGHT = 0.15


def curve(
    start: Point, end: Point, *, leave: float = 1, enter: float = -1, bend: float = 0.5
) -> np.ndarray:
    """A smooth path between two points that leaves and enters level.

    `leave` and `enter` are 1 where the path lies to the right of the point, −1 to its left.
    """
    reach = max(abs(end[0] - start[0]) * bend, 0.12)
    a, d = np.array(start), np.array(end)
    b, c = a + (leave * reach, 0), d + (enter * reach, 0)
    t = np.linspace(0, 1, 33)[:, None]
    return (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d


def bent(points: Sequence[Point], radius: float) -> np.ndarray:
    """A path along straight lines with rounded corners."""
    corners = np.array(points, float)
    parts = [corners[:1]]
    t = np.linspace(0, 1, 17)[:, None]
    for before, at, after in zip(corners, corners[1:], corners[2:]):
        back, ahead = before - at, after - at
        lengths = np.hypot(*back), np.hypot(*ahead)
        turn = min(radius, *(length / 2 for length in lengths))
        a, c = at + back / lengths[0] * turn, at + ahead / lengths[1] * turn
        middle = a + c - at
        angle = t * np.pi / 2
        parts.append(middle + (a - middle) * np.cos(angle) + (c - middle) * np.sin(angle))
    return np.vstack([*parts, corners[-1:]])


def outline(path: np.ndarray, width: float, *, head: bool) -> np.ndarray:
    """The polygon of a band along a path, with a pointed end if `head`."""
    step = np.gradient(path, axis=0)
    side = np.column_stack([-step[:, 1], step[:, 0]])
    side /= np.fmax(np.hypot(*side.T), 1e-9)[:, None]
    if not head:
        return np.vstack([path + side * width / 2, (path - side * width / 2)[::-1]])
    size = min(max(0.055, 0.5 * width), 0.12)
    kept = np.hypot(*(path - path[-1]).T) > size
    last = int(np.flatnonzero(kept)[-1]) + 1 if kept.any() else 1
    body, normal = path[:last], side[:last]
    barb = normal[-1] * (width / 2 + 0.035)
    tip = [body[-1] + barb, path[-1], body[-1] - barb]
    return np.vstack([body + normal * width / 2, tip, (body - normal * width / 2)[::-1]])


def draw_band(
    ax: Axes, path: np.ndarray, width: float, colour: str, *, head: bool = True, alpha: float = 0.55
) -> None:
    """A band along a path."""
    shape = outline(path, width, head=head)
    ax.add_patch(Polygon(shape, closed=True, facecolor=colour, alpha=alpha, lw=0, zorder=2))


def upright(path: np.ndarray, width: float) -> np.ndarray:
    """The polygon of a band whose height, not its thickness, is the width: between two bars."""
    half = np.array([0, width / 2])
    return np.vstack([path + half, (path - half)[::-1]])


class Room:
    """Where labels stand already, so that the next one finds a free place."""

    def __init__(self, taken: Sequence[Box] = ()) -> None:
        self.taken = list(taken)

    def is_free(self, box: Box) -> bool:
        return all(
            box[2] <= a[0] or a[2] <= box[0] or box[3] <= a[1] or a[3] <= box[1] for a in self.taken
        )

    def put(self, ax: Axes, text: str, places: Sequence[Point], colour: str) -> bool:
        """Write a text at the first free place; False, and no text, where there is none."""
        width = text_width(text) * INCH_PER_SIGN + 0.04
        for x, y in places:
            box = (x - width / 2, y - LINE_HEIGHT / 2, x + width / 2, y + LINE_HEIGHT / 2)
            if self.is_free(box):
                self.taken.append(box)
                ax.text(
                    x, y, text, ha="center", va="center", size=8, color=colour, zorder=5,
                    bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 0.6},
                )  # fmt: skip
                return True
        return False
