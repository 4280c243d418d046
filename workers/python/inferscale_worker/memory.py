"""This process's memory, and what the machine has left: src/measure/memory.cpp, in Python."""
from .backend import Refused


def memory_mb(field):
    with open("/proc/self/status") as status:
        return next((int(line.split()[1]) / 1024 for line in status if line.startswith(field + ":")), 0.0)


def left_bytes():
    """None where the system does not say."""
    with open("/proc/meminfo") as meminfo:
        return next((int(line.split()[1]) * 1024 for line in meminfo if line.startswith("MemAvailable:")), None)


def check_fits_in_memory(needed, left, what):
    """Refused, with both numbers, before anything is allocated: a system that promises more ends the worker later."""
    if left is not None and needed > left:
        raise Refused("out_of_memory", f"{what} needs {needed / 2**20:.0f} MiB, and {left / 2**20:.0f} MiB are left")
