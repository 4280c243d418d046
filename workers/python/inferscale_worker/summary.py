"""Of timed iterations, what a reply says: src/measure/summary.cpp, in Python."""
import math


def quantile(ascending, p):
    """Type 7 of Hyndman and Fan 1996."""
    position = p * (len(ascending) - 1)
    below = int(position)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (position - below) * (ascending[above] - ascending[below])


def summarize(latencies_ms):
    ordered = sorted(latencies_ms)
    mean = math.fsum(ordered) / len(ordered)
    squares = math.fsum((x - mean) ** 2 for x in ordered)
    return {"mean": mean, "median": quantile(ordered, 0.5), "p90": quantile(ordered, 0.9), "p99": quantile(ordered, 0.99),
            "min": ordered[0], "max": ordered[-1], "sd": math.sqrt(squares / (len(ordered) - 1)) if len(ordered) > 1 else 0.0}
