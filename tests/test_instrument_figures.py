"""Pictures of the instruments show the numbers they are given, with nothing on top of another."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import keytouch as kt
from keytouch import labels
from keytouch.colours import GREY, PAIN, PALE
from keytouch.engine import Missing
from keytouch.kano_model import CATEGORIES
from keytouch.service_quality import DIMENSIONS
from keytouch.style import use

NAMES = ["十分钟内办完入住登记手续", "A welcome drink on arrival", "价格$50", "<b>bold</b>"]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    use(request.param)
    names = {f"t{k}": dict.fromkeys(("zh", "en"), NAMES[k % 4] + str(k)) for k in range(40)}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names, "items": names})
    yield request.param
    plt.close("all")


def drawn(ax):
    """Render; a missing glyph is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.savefig("/dev/null", format="png", dpi=60)
    return ax


def overlapping(texts, ax):
    renderer = ax.figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in texts if text.get_text().strip()]
    return [
        (a, b)
        for k, a in enumerate(boxes)
        for b in boxes[k + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]


def shown(ax):
    return "".join(text.get_text() for text in [*ax.texts, *ax.figure.texts]).replace("\n", "")


def estimates(column, values, half=0.15):
    values = np.asarray(values, float)
    return pd.DataFrame(
        {column: values, f"{column}_lo": values - half, f"{column}_hi": values + half}
    )


def servqual():
    gaps = [-1.0, -0.5, -0.2, 0.0, 0.4, -0.3]
    table = estimates("gap_points", gaps).join(estimates("expectation", [5.6] * 6))
    table = table.join(estimates("perception", 5.6 + table.gap_points))
    return table.assign(
        dimension=[*DIMENSIONS, "overall"], p_value=0.001, n=200, small=False, method="method_gaps"
    )


def dots_at(ax, marker="o"):
    return [line.get_xdata()[0] for line in ax.lines if line.get_marker() == marker]


def test_servqual_draws_both_sides_where_they_are():
    ax = drawn(kt.plot_servqual(servqual()))
    assert dots_at(ax) == pytest.approx((5.6 + servqual().gap_points).tolist())
    assert dots_at(ax, "D") == [5.6] * 6
    assert ax.get_xlim() == (1, 7) and "−1.00" in ax.figure.texts[0].get_text()
    assert overlapping([*ax.get_yticklabels(), *ax.texts], ax) == []


def test_servperf_is_drawn_without_expectations():
    table = servqual()
    for name in ("gap_points", "expectation"):
        table[[name, f"{name}_lo", f"{name}_hi"]] = np.nan
    assert dots_at(drawn(kt.plot_servqual(table))) == table.perception.tolist()


def waves(count):
    rows = len(DIMENSIONS) * count
    table = estimates("gap_points", np.linspace(-1, 0.5, rows))
    table = table.join(estimates("gap_change", [0.3] * rows)).assign(n=90, small=False)
    return table.assign(
        dimension=np.repeat(DIMENSIONS, count), wave=[f"w{k}" for k in range(count)] * 5,
        p_value=0.01, method="method_gap_change",
    )  # fmt: skip


@pytest.mark.parametrize("count", [2, 9])
def test_waves_are_drawn_in_order_and_at_most_six(count):
    ax = drawn(kt.plot_servqual_waves(waves(count)))
    assert len(dots_at(ax)) == 5 * min(count, 6)
    assert overlapping([*ax.get_yticklabels(), *ax.texts], ax) == []


def test_the_five_gaps_show_the_chance_to_be_largest():
    table = estimates("gap_points", [-0.2, -0.1, -0.3, -0.9, -0.4]).assign(
        gap=["knowledge", "standards", "delivery", "communication", "service"], p_value=0.01,
        p_largest=[0.03, 0.01, 0.04, 0.92, np.nan], n=60, small=False, method="method_gaps",
    )  # fmt: skip
    cells = estimates("gap_points", [-1.5, -0.1]).assign(
        gap=["communication", "knowledge"], dimension=["empathy", "assurance"], n=60, p_value=0.01,
        p_largest=[0.97, 0.03], small=False, method="method_gaps",
    )  # fmt: skip
    ax = drawn(kt.plot_provider_gaps(table, by_dimension=cells))
    assert "92%" in shown(ax) and labels.cell_text("dimension", "empathy") in shown(ax)
    assert -1.5 in dots_at(ax)
    assert overlapping([*ax.get_yticklabels(), *ax.texts], ax) == []


def judged(count, column="gap_points"):
    values = np.linspace(-1, 0.6, count)
    verdict = ["short" if value < -0.3 else "unclear" for value in values]
    return estimates(column, values).assign(
        touchpoint_id=[f"t{k}" for k in range(count)], verdict=verdict, margin=0.3, n=80,
        p_far_short=(values < -0.7) * 0.99,
        probability=0.99, small=[False] * (count - 1) + [True], method="method_gaps",
    )  # fmt: skip


def test_forty_touchpoints_fold(language):
    ax = drawn(kt.plot_expectation_gaps(judged(40)))
    assert len(ax.get_yticklabels()) == 20 and "40" in shown(ax)
    assert overlapping([*ax.get_yticklabels(), *ax.texts], ax) == []


def test_verdicts_have_colours_and_words():
    ax = drawn(kt.plot_expectation_gaps(judged(6)))
    colours = [line.get_color() for line in ax.lines if line.get_marker() == "o"]
    assert colours[0] == PAIN and colours[-1] == PALE and GREY in colours
    assert labels.cell_text("verdict", "short") in shown(ax)


def kano(count):
    random = np.random.default_rng(2)
    better, worse = random.uniform(0.1, 0.9, (2, count))
    table = estimates("better", better, 0.05).join(estimates("worse", -worse, 0.05))
    table = table.join(estimates("total_strength", better, 0.05))
    chances = {f"p_{name}": 0.5 for name in CATEGORIES}
    return table.assign(
        item=[f"t{k}" for k in range(count)], n=150, small=False, method="method_kano_mode",
        kano_category=[CATEGORIES[k % 6] for k in range(count)], second="attractive",
        p_category=[0.9 if k % 2 else 0.5 for k in range(count)], **chances,
    )  # fmt: skip


def test_kano_items_lie_where_their_coefficients_are():
    table = kano(6)
    ax = drawn(kt.plot_kano(table))
    points = [line for line in ax.lines if line.get_marker() in list("so^DvX")]
    assert [line.get_ydata()[0] for line in points] == pytest.approx(table.better.tolist())
    assert [line.get_xdata()[0] for line in points] == pytest.approx((-table.worse).tolist())
    assert [line.get_mfc() == "white" for line in points] == (table.p_category < 0.8).tolist()
    assert len({line.get_marker() for line in points}) == 6


def test_many_kano_items_fold_and_their_names_keep_apart():
    ax = drawn(kt.plot_kano(kano(30)))
    names = [text for text in ax.texts if text.get_text().startswith(tuple(n[:4] for n in NAMES))]
    assert len(names) == 20 and "30" in shown(ax)
    assert len(overlapping(names, ax)) <= 3


def grid(places, rivals):
    rows = [(f"t{p}", f"rival{r}") for p in range(places) for r in range(rivals)]
    table = pd.DataFrame(rows, columns=["touchpoint_id", "company"])
    table = table.join(estimates("gap_points", np.linspace(-0.8, 0.5, len(rows))))
    verdict = ["lag" if value < -0.3 else "unclear" for value in table.gap_points]
    for name, level in (("own_score", 4.0), ("rival_score", 4.2)):
        table = table.join(estimates(name, [level] * len(rows)))
    return table.assign(verdict=verdict, margin=0.2, n=90, small=False, probability=0.99,
                        method="method_grid_paired")  # fmt: skip


@pytest.mark.parametrize(("places", "rivals"), [(3, 1), (40, 3), (40, 7)])
def test_the_grid_draws_every_company_and_folds(places, rivals):
    ax = drawn(kt.plot_competitor_grid(grid(places, rivals)))
    most = min(places, 36 // min(rivals, 4))
    assert len(ax.get_yticklabels()) == most
    assert len({line.get_marker() for line in ax.lines} & set("osD^")) == min(rivals, 4)
    assert overlapping([*ax.get_yticklabels(), *ax.texts], ax) == []


@pytest.mark.parametrize(
    "plot",
    [kt.plot_servqual, kt.plot_servqual_waves, kt.plot_provider_gaps, kt.plot_expectation_gaps,
     kt.plot_kano, kt.plot_competitor_grid],
)  # fmt: skip
def test_missing_data_draw_nothing(plot):
    assert plot(Missing("feedback")) is None
