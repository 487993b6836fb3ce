"""Shares of explained variance: published digits, brute force, and what they must add up to."""

from itertools import permutations

import numpy as np
import pytest

from keytouch.variance_shares import coefficients, explained, johnson, lmg, weights_of

# The fertility data of Switzerland, 1888 (R's `swiss`): five drivers, the outcome last.
SWISS = np.array(
    [
        [1.0, -0.686542208617, -0.639522518948, 0.401095053049, -0.060858608417, 0.35307918362],
        [-0.686542208617, 1.0, 0.698415296288, -0.572741806064, -0.114021596482, -0.645882706457],
        [-0.639522518948, 0.698415296288, 1.0, -0.153858917091, -0.099321845821, -0.663788857035],
        [0.401095053049, -0.572741806064, -0.153858917091, 1.0, 0.175495907597, 0.463684700652],
        [-0.060858608417, -0.114021596482, -0.099321845821, 0.175495907597, 1.0, 0.416556031435],
        [0.35307918362, -0.645882706457, -0.663788857035, 0.463684700652, 0.416556031435, 1.0],
    ]
)
MTCARS = np.array(
    [
        [1.0, 0.902032872147, 0.832447452722, -0.492686599389, -0.852161959427],
        [0.902032872147, 1.0, 0.79094858637, -0.555569198562, -0.847551379262],
        [0.832447452722, 0.79094858637, 1.0, -0.125704258225, -0.776168371827],
        [-0.492686599389, -0.555569198562, -0.125704258225, 1.0, 0.480284757339],
        [-0.852161959427, -0.847551379262, -0.776168371827, 0.480284757339, 1.0],
    ]
)
IOPSYCH = np.array(
    [
        [1, 0.2, 0.3, 0.4, -0.4],
        [0.2, 1, 0.5, 0.1, 0.1],
        [0.3, 0.5, 1, 0.2, -0.3],
        [0.4, 0.1, 0.2, 1, 0.4],
        [-0.4, 0.1, -0.3, 0.4, 1],
    ]
)
ATTITUDE = np.array(
    [
        [1.0, 0.558288200727, 0.596735806267, 0.669197480598, 0.187714271225, 0.224579552889],
        [0.558288200727, 1.0, 0.493330965642, 0.445477938072, 0.147233135977, 0.34329343384],
        [0.596735806267, 0.493330965642, 1.0, 0.640314372822, 0.11596524649, 0.531619788141],
        [0.669197480598, 0.445477938072, 0.640314372822, 1.0, 0.376882965169, 0.574186160521],
        [0.187714271225, 0.147233135977, 0.11596524649, 0.376882965169, 1.0, 0.283343174035],
        [0.224579552889, 0.34329343384, 0.531619788141, 0.574186160521, 0.283343174035, 1.0],
    ]
)
ATTITUDE_RATING = np.array(
    [0.825417569542, 0.4261168701, 0.6236781645, 0.590138994878, 0.156439151607, 0.155086252601]
)


def split(matrix):
    return matrix[:-1, :-1], matrix[:-1, -1]


def drivers(p, seed=0, n=300):
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, p)) + 0.8 * random.standard_normal((n, 1))
    y = x @ random.uniform(-0.2, 1, p) + 2 * random.standard_normal(n)
    return split(np.corrcoef(np.column_stack([x, y]).T))


def test_lmg_of_the_swiss_data():
    """Grömping 2006, Journal of Statistical Software 17(1), uses these data."""
    digits = [0.05709122077, 0.1711730289, 0.26013467862, 0.10557015037, 0.11276592293]
    assert lmg(*split(SWISS)) == pytest.approx(digits, abs=1e-9)
    digits = [0.04841689581, 0.15470824981, 0.27196410465, 0.11468002995, 0.11696572138]
    assert johnson(*split(SWISS)) == pytest.approx(digits, abs=1e-9)
    assert explained(*split(SWISS)) == pytest.approx(0.7067350016, abs=1e-9)


def test_johnson_weights_of_the_documented_example():
    """The example of relWt() in the R package iopsych 0.90.1."""
    digits = [0.2406611935558, 0.0549266374066, 0.1214347622948, 0.2815818935826]
    assert johnson(*split(IOPSYCH)) == pytest.approx(digits, abs=1e-10)


def test_johnson_weights_of_the_cars():
    """The vignette of the R package rwa 0.1.0 prints these."""
    weights = johnson(*split(MTCARS))
    assert weights == pytest.approx([0.2284797, 0.2221469, 0.2321744, 0.0963886], abs=1e-6)
    shares = 100 * weights / weights.sum()
    assert shares == pytest.approx([29.32274, 28.50999, 29.79691, 12.37037], abs=1e-4)


def test_johnson_weights_of_the_supervisors():
    """Chatterjee & Price's attitude data: "raises" lies 0.0003 below the mean importance."""
    digits = [
        0.362760199658, 0.056002278779, 0.163610910751, 0.121780399688, 0.008255466496,
        0.020192737159,
    ]  # fmt: skip
    weights = johnson(ATTITUDE, ATTITUDE_RATING)
    assert weights == pytest.approx(digits, abs=1e-9)
    assert weights.mean() == pytest.approx(0.1221003320885, abs=1e-9)


def test_lmg_is_the_average_over_all_orders_of_entry():
    R, r = drivers(5)
    gains = np.zeros(5)
    orders = list(permutations(range(5)))
    for order in orders:
        before = 0.0
        for k in range(5):
            inside = list(order[: k + 1])
            now = float(explained(R[np.ix_(inside, inside)], r[inside]))
            gains[order[k]] += now - before
            before = now
    assert lmg(R, r) == pytest.approx(gains / len(orders), abs=1e-12)


@pytest.mark.parametrize("weights", [lmg, johnson])
@pytest.mark.parametrize("p", [1, 2, 7, 12])
def test_weights_add_up_to_r2_and_are_never_negative(weights, p):
    R, r = drivers(p)
    shares = weights(R, r)
    assert shares.sum() == pytest.approx(float(explained(R, r)))
    assert (shares >= 0).all()


def test_uncorrelated_drivers_get_their_squared_correlations():
    r = np.array([0.5, -0.3, 0.0])
    for weights in (lmg, johnson):
        assert weights(np.eye(3), r) == pytest.approx(r**2)


@pytest.mark.parametrize("weights", [lmg, johnson, coefficients])
def test_draws_worked_on_together_are_those_worked_on_apart(weights):
    pairs = [drivers(6, seed) for seed in range(4)]
    together = weights(np.stack([R for R, _ in pairs]), np.stack([r for _, r in pairs]))
    assert together == pytest.approx(np.stack([weights(R, r) for R, r in pairs]))


def test_beyond_the_exact_ones_come_johnsons():
    R, r = drivers(4)
    assert weights_of(R, r, exact=4)[1] == "method_lmg"
    shares, method = weights_of(R, r, exact=3)
    assert method == "method_johnson"
    assert shares == pytest.approx(johnson(R, r))
