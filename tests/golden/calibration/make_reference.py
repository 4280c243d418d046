#!/usr/bin/env python3
"""Writes reference.json: limits of calibration's methods for a few histograms, computed with numpy and scipy.

    python3 tests/golden/calibration/make_reference.py

Needs numpy, scipy and onnxruntime. An independent statement of what src/artifact/histogram_limit.hpp describes (levels
by index arrays, divergence by scipy.stats.entropy), and, as a check of its own, the percentile beside that of
onnxruntime.quantization's PercentileCalibrater on the same values.
"""
import contextlib
import json
import pathlib

import numpy
import onnxruntime
import scipy
from onnxruntime.quantization.calibrate import HistogramCollector
from scipy.stats import entropy

HERE = pathlib.Path(__file__).resolve().parent
BINS = 2048
LEVELS = 128
PERCENTILES = [50, 99, 99.9, 99.99, 100]


def entropy_limit(counts, width):
    best = (numpy.inf, len(counts))
    for size in range(LEVELS, len(counts) + 1):
        kept = counts[:size].astype(float)
        p = kept.copy()
        p[-1] += counts[size:].sum()
        level = numpy.arange(size) * LEVELS // size
        total = numpy.bincount(level, kept, LEVELS)
        occupied = numpy.bincount(level, kept > 0, LEVELS)
        share = numpy.divide(total, occupied, out=numpy.zeros(LEVELS), where=occupied > 0)
        q = numpy.where(kept > 0, share[level], 0)
        if ((p > 0) & (q == 0)).any():
            continue
        found = entropy(p, q)
        if found < best[0] - 1e-15:
            best = (found, size)
    return best[1] * width


def percentile_limit(counts, width, percentile):
    below = numpy.cumsum(counts)
    return (int(numpy.searchsorted(below, counts.sum() * percentile / 100)) + 1) * width


def onnxruntime_percentile(values, percentile):
    collector = HistogramCollector("percentile", True, BINS * 2, BINS * 2, percentile, None)
    with contextlib.redirect_stdout(None):
        collector.collect({"x": [values]})
        return float(collector.compute_collection_result()["x"][1])


def case(name, values):
    magnitudes = numpy.abs(values)
    largest = float(magnitudes.max())
    width = largest / BINS
    counts = numpy.bincount(numpy.minimum((magnitudes * (BINS / largest)).astype(int), BINS - 1), minlength=BINS)
    percentiles = []
    for percentile in PERCENTILES:
        ours = percentile_limit(counts, width, percentile)
        theirs = onnxruntime_percentile(values.astype(numpy.float32), percentile)
        percentiles.append(dict(percentile=percentile, limit=ours, onnxruntime=theirs))
    return dict(name=name, largest=largest, counts=counts.tolist(), entropy=entropy_limit(counts, width),
                percentiles=percentiles)


def main():
    random = numpy.random.default_rng(118)
    normal = random.normal(0, 1, 50_000)
    outliers = numpy.concatenate([normal, random.normal(0, 1, 20) * 40])
    gelu = numpy.maximum(normal, 0) * numpy.abs(normal) - 0.1
    cases = [case("normal", normal), case("laplace", random.laplace(0, 1, 50_000)), case("outliers", outliers),
             case("gelu-like", gelu), case("uniform", random.uniform(-3, 3, 20_000)),
             case("few", random.normal(0, 1, 300))]
    versions = dict(numpy=numpy.__version__, scipy=scipy.__version__, onnxruntime=onnxruntime.__version__)
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
    (HERE / "reference.json").write_text(f'{{"versions":{json.dumps(versions)},"cases":[\n{lines}\n]}}\n')


main()
