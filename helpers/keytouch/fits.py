"""From sums of products to a driver model: correlations, slopes, and each bucket's influence.

The model: overall satisfaction = what each touchpoint that a customer *used* adds to or takes
from it, per point that its score lies above or below its mean, and noise. A touchpoint that was
not used adds nothing: its deviation is zero. A blank answer is unknown; every pair of items then
rests on the respondents whose state is known for both (pairwise). Imputation would be somewhat
more precise for blanks, but it takes "not used" for a blank and biases every slope; it also needs
each respondent, where pairs need only sums. tests/test_missing_answers.py compares them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from keytouch.resample import Sums
from keytouch.variance_shares import coefficients

Floats = NDArray[np.float64]
FLOOR = 1e-3


@dataclass(frozen=True)
class Fit:
    """One driver model per draw (first axis): p touchpoints, the overall answer apart.

    `R` [draws, p, p] and `r` [draws, p] are correlations of deviations over everybody (zero
    where not used); `beta` their standardised partial coefficients; `r2`. `slope` is in overall
    points per touchpoint point on shares of both scales. Over those who used a touchpoint:
    `correlation` with the overall answer, mean `score` (0–1) and `sd`. `cov` [draws, m, m] is
    the covariance that all rests on, `whole_sd` [draws] the overall answer's.
    """

    R: Floats
    r: Floats
    beta: Floats
    slope: Floats
    correlation: Floats
    score: Floats
    sd: Floats
    cov: Floats
    mean: Floats
    whole_sd: Floats

    @property
    def r2(self) -> Floats:
        return np.einsum("...i,...i->...", self.r, self.beta)

    @property
    def importance(self) -> Floats:
        """Overall SD per SD of the touchpoint among those who used it, the others held fixed."""
        return self.slope * self.sd / self.whole_sd[:, None]

    @cached_property
    def inflation(self) -> Floats:
        """How much the touchpoints' overlap widens a coefficient's variance (VIF)."""
        return np.diagonal(np.linalg.inv(self.R), axis1=-2, axis2=-1)

    def one(self) -> Fit:
        """The first draw alone, without its axis."""
        return Fit(**{field.name: getattr(self, field.name)[0] for field in fields(self)})


def fit(sums: dict[str, Floats], pairs: Floats, *, min_n: int = 30) -> Fit:
    """The driver model of each draw of sums (`Sums.weighted` or `Sums.total`).

    `pairs` [m, m] counts respondents whose state is known for both items; a pair with fewer than
    `min_n` takes the mean correlation of the others. A matrix that is not positive definite is
    mended by its eigenvalues.
    """
    mean = _share(_diagonal(sums["sa"]), _diagonal(sums["sw"]))
    product = centred(sums, mean)
    cov = _share(product, sums["known"])
    scale = np.sqrt(np.fmax(_diagonal(cov), 1e-12))
    corr = _share(cov, scale[:, :, None] * scale[:, None, :])
    corr = mended(_completed(np.clip(corr, -1, 1), (pairs >= min_n) & (sums["known"] > 0)))
    R, r = corr[:, :-1, :-1], corr[:, :-1, -1]
    beta = coefficients(R, r)
    sd = np.sqrt(_share(np.fmax(_diagonal(product), 0), _diagonal(sums["sw"])))
    return Fit(
        R=R,
        r=r,
        beta=beta,
        slope=beta * scale[:, -1:] / scale[:, :-1],
        correlation=_correlation(sums),
        score=mean[:, :-1],
        sd=sd[:, :-1],
        cov=corr * scale[:, :, None] * scale[:, None, :],
        mean=mean,
        whole_sd=sd[:, -1],
    )


def centred(sums: dict[str, Floats], mean: Floats) -> Floats:
    """Sums of products of deviations from the items' means, over those who used both."""
    left, right = mean[:, :, None], mean[:, None, :]
    sa = sums["sa"]
    return sums["sab"] - left * np.swapaxes(sa, 1, 2) - right * sa + left * right * sums["sw"]


def _diagonal(matrices: Floats) -> Floats:
    return np.diagonal(matrices, axis1=-2, axis2=-1)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)


def _correlation(sums: dict[str, Floats]) -> Floats:
    """Each touchpoint's correlation with the overall answer, over those who used it."""
    n = sums["sw"][:, :-1, -1]
    a, b = (_share(part, n) for part in (sums["sa"][:, :-1, -1], sums["sa"][:, -1, :-1]))
    aa, bb = (_share(part, n) for part in (sums["saa"][:, :-1, -1], sums["saa"][:, -1, :-1]))
    spread = np.sqrt(np.fmax(aa - a * a, 0) * np.fmax(bb - b * b, 0))
    cov = _share(sums["sab"][:, :-1, -1], n) - a * b
    return np.clip(np.divide(cov, spread, out=np.zeros_like(cov), where=spread > 1e-9), -1, 1)


def _completed(corr: Floats, known: NDArray[np.bool_]) -> Floats:
    """Correlations of too few respondents replaced by the mean of those among touchpoints."""
    if known.all():
        return corr
    p = corr.shape[-1] - 1
    among = known[:, :p, :p] & ~np.eye(p, dtype=bool)
    typical = _share((corr[:, :p, :p] * among).sum(axis=(1, 2)), among.sum(axis=(1, 2)) * 1.0)
    filled = np.where(known, corr, typical[:, None, None])
    filled[:, np.arange(p + 1), np.arange(p + 1)] = 1.0
    return filled


def mended(corr: Floats) -> Floats:
    """Correlation matrices, positive definite: eigenvalues below a floor are lifted to it."""
    corr = (corr + np.swapaxes(corr, -1, -2)) / 2
    bad = np.linalg.eigvalsh(corr)[:, 0] < FLOOR
    if not bad.any():
        return corr
    values, vectors = np.linalg.eigh(corr[bad])
    lifted = (vectors * np.fmax(values, FLOOR)[:, None, :]) @ np.swapaxes(vectors, -1, -2)
    scale = np.sqrt(_diagonal(lifted))
    corr = corr.copy()
    corr[bad] = lifted / (scale[:, :, None] * scale[:, None, :])
    return corr


@dataclass(frozen=True)
class Influence:
    """How far each bucket moves the slopes [buckets, p].

    `own`: at the estimate, adding up to nothing. `null`: from no effect of the touchpoint towards
    the estimate, the others having the effects that they then would (one restricted model per
    touchpoint). `alone`: from no covariance with the overall answer towards the estimate.
    """

    own: Floats
    null: Floats
    alone: Floats

    @property
    def se(self) -> Floats:
        """Standard error of each slope, robust to unequal spread and to repeat customers."""
        buckets, p = self.own.shape
        return np.sqrt((self.own**2).sum(axis=0) * buckets / max(buckets - p - 1, 1))


def influence(sums: Sums, model: Fit) -> Influence:
    """Each bucket's influence on the slopes of a fitted model (its first draw).

    The influence of a bucket on a covariance is its own sum of products less what the
    covariance leads to expect, and what it moves the means.
    """
    moves = _covariance_moves(sums, model)
    p = len(sums.items) - 1
    inverse = np.linalg.inv(model.cov[0][:p, :p])
    beside = moves[:, :p, p]
    slope = inverse @ model.cov[0][:p, p]
    own = beside @ inverse - np.einsum("jk,gki,i->gj", inverse, moves[:, :p, :p], slope)
    # Without touchpoint j the others' slopes are slope - inverse[:, j] slope_j / inverse_jj.
    turned = np.einsum("jk,gki,ij->gj", inverse, moves[:, :p, :p], inverse, optimize=True)
    known = sums.known[:, :p, p]
    part = known / known.sum(axis=0)
    null = own + turned * slope / np.diag(inverse) + part * slope
    return Influence(own, null, beside + part * model.cov[0][:p, p])


def _covariance_moves(sums: Sums, model: Fit) -> Floats:
    """Each bucket's influence on every covariance [buckets, m, m]."""
    total = {name: array[0] for name, array in sums.total().items()}
    mean = model.mean[0]
    parts = {name: getattr(sums, name) for name in ("known", "sw", "sa", "sab")}
    product = centred(parts, np.broadcast_to(mean, (sums.buckets, len(mean))))
    moved = _share(_diagonal(sums.sa) - mean * _diagonal(sums.sw), np.diag(total["sw"])[None])
    # Where users of b deviate in a on average, an error in b's mean moves the covariance.
    apart = total["sa"] - mean[:, None] * total["sw"]
    drift = moved[:, None, :] * apart[None] + moved[:, :, None] * apart.T[None]
    moves = product - model.cov[0] * sums.known - drift
    return _share(moves, np.broadcast_to(total["known"], moves.shape))
