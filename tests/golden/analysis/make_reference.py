#!/usr/bin/env python3
"""Writes reference.json: what scipy and statsmodels say, for tests/unit/analysis/reference_test.cpp.

Needs numpy, scipy and statsmodels; run it by hand when a case is added (the tests read the stored file):
    python3 tests/golden/analysis/make_reference.py > tests/golden/analysis/reference.json
"""
import json
import math
import sys

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(118)


def number(value):
    """JSON has no infinity and no NaN; the tests state what the tool does there."""
    value = float(value)
    return value if math.isfinite(value) else None


def samples(n, mean, spread):
    return [float(v) for v in mean * np.exp(rng.normal(0, spread, n))]


def distributions():
    quantiles = [
        {"probability": p, "df": df, "t": number(stats.t.ppf(p, df))}
        for p in (0.5005, 0.75, 0.95, 0.975, 0.995, 0.999995, 0.025, 1e-6)
        for df in (1, 1.37, 2, 3, 4, 7.9, 30, 1000, 1e6)
    ]
    tails = [
        {"t": t, "df": df, "p": number(2 * stats.t.sf(abs(t), df))}
        for t in (0.0, 1e-6, 0.3, -1.0, 2.5, -8.42, 60.0, 1e6)
        for df in (1, 1.37, 2, 4, 7.9, 30, 1000)
    ]
    normal = [{"probability": p, "z": number(stats.norm.ppf(p))} for p in (0.975, 0.5001, 0.995, 0.01, 1e-9)]
    return {"t_quantile": quantiles, "t_two_sided_p": tails, "normal_quantile": normal}


def estimates():
    cases = [samples(n, 5000, s) for n, s in ((2, 0.01), (3, 0.02), (5, 0.015), (5, 1e-7), (30, 0.2), (200, 1.0))]
    cases += [[7.0, 7.0, 7.0], [1e12, 1e12 + 1, 1e12 + 2], [0.1] * 5]
    result = []
    for values in cases:
        mean, sd = np.mean(values), np.std(values, ddof=1)
        if len(set(values)) == 1:
            mean, sd, low, high = values[0], 0.0, values[0], values[0]
        else:
            low, high = stats.t.interval(0.95, len(values) - 1, loc=mean, scale=sd / math.sqrt(len(values)))
        result.append({"values": values, "mean": number(mean), "sd": number(sd), "low": number(low),
                       "high": number(high)})
    return result


def effect_sizes(a, b):
    pooled = math.sqrt(((len(a) - 1) * np.var(a, ddof=1) + (len(b) - 1) * np.var(b, ddof=1)) / (len(a) + len(b) - 2))
    if pooled < 1e-300:
        return None, None
    d = (np.mean(a) - np.mean(b)) / pooled
    m = len(a) + len(b) - 2
    j = math.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)) / math.sqrt(m / 2)
    return number(d), number(d * j)


def welch():
    pairs = [(samples(n, x, s), samples(m, y, r)) for n, x, s, m, y, r in (
        (2, 100, 0.01, 2, 101, 0.02), (5, 6284, 0.015, 5, 4711, 0.02), (5, 5000, 0.015, 5, 5010, 0.015),
        (3, 1, 0.5, 5, 1, 0.01), (5, 87996, 0.02, 5, 4011, 0.03), (30, 10, 0.1, 4, 11, 0.4))]
    pairs.append(([100.0, 100.0, 100.0], samples(5, 102, 0.01)))  # one side without spread
    result = []
    for first, second in pairs:
        a, b = np.log(first), np.log(second)
        test = stats.ttest_ind(a, b, equal_var=False)
        ci = test.confidence_interval(0.95)
        d, g = effect_sizes(a, b)
        result.append({"first": first, "second": second, "ratio": number(math.exp(a.mean() - b.mean())),
                       "t": number(test.statistic), "df": number(test.df), "p": number(test.pvalue),
                       "low": number(math.exp(ci.low)), "high": number(math.exp(ci.high)), "d": d, "g": g})
    return result


def paired():
    result = []
    for n, spread in ((2, 0.1), (3, 0.3), (6, 0.2), (6, 0.01), (40, 0.5)):
        first = samples(n, 2000, 1.0)
        second = [v * math.exp(rng.normal(0.1, spread)) for v in first]
        test = stats.ttest_rel(np.log(first), np.log(second))
        ci = test.confidence_interval(0.95)
        result.append({"first": first, "second": second, "t": number(test.statistic), "df": number(test.df),
                       "p": number(test.pvalue), "low": number(math.exp(ci.low)), "high": number(math.exp(ci.high)),
                       "ratio": number(math.exp(np.mean(np.log(first) - np.log(second))))})
    return result


def holm():
    cases = [[0.04], [0.01, 0.04, 0.03], [0.5, 0.5, 0.5], [1e-9, 0.0, 1.0, 0.02, 0.02, 0.3], [0.049] * 7,
             [float(v) for v in rng.uniform(0, 0.2, 25)], []]
    return [{"p": p, "adjusted": [number(v) for v in multipletests(p, method="holm")[1]] if p else []} for p in cases]


def wilson():
    result = []
    for count, n in ((0, 60), (20, 60), (60, 60), (1, 1), (0, 1), (1, 2), (3, 5), (60, 120), (1, 100000)):
        low, high = proportion_confint(count, n, 0.05, method="wilson")
        result.append({"successes": count, "trials": n, "low": number(low), "high": number(high)})
    return result


def fieller(x, y):
    """The set {x0 : (a + k x0)^2 <= t^2 Var(a + k x0)} from the full covariance matrix of intercept and slope:
    another road than the centred form of the tool."""
    center = x.mean()
    fit = sm.OLS(y, sm.add_constant(x - center)).fit()
    (a, k), covariance = fit.params, fit.cov_params()
    t2 = stats.t.ppf(0.975, fit.df_resid) ** 2
    roots = np.roots([k * k - t2 * covariance[1, 1], 2 * (a * k - t2 * covariance[0, 1]), a * a - t2 * covariance[0, 0]])
    slope_significant = k * k > t2 * covariance[1, 1]
    if np.iscomplexobj(roots) and abs(roots.imag).max() > 0:
        return "unbounded", None, None
    low, high = sorted(np.real(roots) + center)
    return ("bounded" if slope_significant else "slope_not_significant"), number(math.exp(low)), number(math.exp(high))


def crossovers():
    sizes = [102714, 5035008, 11180928, 25016064, 45171200, 51475968, 74824704, 96088320, 124439808]
    result = []
    for count, k, crossing, noise in ((9, -0.5, 5e7, 0.3), (9, -1.2, 2e7, 0.05), (9, 0.4, 3e7, 0.2), (3, -0.7, 5e6, 0.01),
                                      (4, -0.6, 9e6, 0.1), (9, -0.01, 3e7, 0.4), (9, 0.0, 1e6, 0.02), (9, -0.25, 4e6, 0.2)):
        x = np.log(np.array(sizes[:count], dtype=float))
        y = k * (x - math.log(crossing)) + rng.normal(0, noise, count) + (0.7 if k == 0 else 0)
        line = stats.linregress(x, y)
        kind, low, high = fieller(x, y)
        case = {"parameters": sizes[:count], "ratios": [float(v) for v in np.exp(y)], "k": number(line.slope),
                "a0": number(math.exp(line.intercept)), "r_squared": number(line.rvalue ** 2),
                "slope_p": number(line.pvalue), "crossover": number(math.exp(-line.intercept / line.slope)),
                "fieller": kind, "low": low, "high": high}
        if count > 3:
            z = x - x.mean()
            curve = sm.OLS(y, np.column_stack([np.ones(count), z, z * z])).fit()
            case["curvature"] = {"quadratic": number(curve.params[2]), "t": number(curve.tvalues[2]),
                                 "p": number(curve.pvalues[2])}
            crossings = []
            for i in range(count):
                one = stats.linregress(np.delete(x, i), np.delete(y, i))
                crossings.append(math.exp(-one.intercept / one.slope))
            case["leave_one_out"] = [number(min(crossings)), number(max(crossings))]
        result.append(case)
    return result


def grubbs():
    result = []
    for n in (3, 4, 5, 10, 50):
        t = stats.t.ppf(1 - 0.01 / (2 * n), n - 2)
        result.append({"n": n, "critical": number((n - 1) / math.sqrt(n) * math.sqrt(t * t / (n - 2 + t * t)))})
    return result


def over_cells():
    """Several cells as one ratio: Satterthwaite's degrees of freedom for a sum of independent mean variances."""
    own = np.random.default_rng(119)  # so that the cases above keep their values
    result = []
    for cells, n, m, spread in ((1, 5, 5, 0.015), (2, 2, 2, 0.05), (6, 5, 5, 0.015), (3, 2, 5, 0.3), (12, 3, 4, 0.02)):
        pairs = [([float(v) for v in 900 * np.exp(own.normal(0, spread * (i + 1), n))],
                  [float(v) for v in 1000 * np.exp(own.normal(0, spread, m))]) for i in range(cells)]
        sides = [np.log(side) for pair in pairs for side in pair]
        variances = np.array([np.var(side, ddof=1) / len(side) for side in sides]) / cells ** 2
        df = variances.sum() ** 2 / sum(v * v / (len(side) - 1) for v, side in zip(variances, sides))
        difference = sum(np.log(a).mean() - np.log(b).mean() for a, b in pairs) / cells
        error = math.sqrt(variances.sum())
        low, high = stats.t.interval(0.95, df, loc=difference, scale=error)
        if cells == 1:  # there is scipy's own test for one
            test = stats.ttest_ind(sides[0], sides[1], equal_var=False)
            assert math.isclose(test.statistic, difference / error, rel_tol=1e-9) and math.isclose(test.df, df, rel_tol=1e-9)
        result.append({"cells": [{"first": a, "second": b} for a, b in pairs], "ratio": number(math.exp(difference)),
                       "t": number(difference / error), "df": number(df), "p": number(2 * stats.t.sf(abs(difference / error), df)),
                       "low": number(math.exp(low)), "high": number(math.exp(high))})
    return result


reference = {
    "made_by": f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, numpy {np.__version__}",
    "distributions": distributions(), "estimate": estimates(), "welch": welch(), "paired": paired(), "holm": holm(),
    "wilson": wilson(), "crossover": crossovers(), "grubbs": grubbs(),
    "over_cells": over_cells(),
}
json.dump(reference, sys.stdout, indent=1, allow_nan=False)
print()
