"""GPU facts through NVML (libnvidia-ml, C ABI of NVIDIA's NVML API reference), as src/machine/gpu.cpp reads them.

The row's fields and their units are those of docs/reference/results.md. Every function of the library may be missing or
refuse: what cannot be known is left out.
"""
import ctypes
import os
import time

SUCCESS = 0
THROTTLE_REASONS = {  # nvmlClocksEventReasons: the bits that mean slower than asked for
    0x4: "power_cap", 0x8: "hardware_slowdown", 0x10: "sync_boost", 0x20: "software_thermal",
    0x40: "hardware_thermal", 0x80: "power_brake",
}
CLOCK_SM, CLOCK_MEMORY, TEMPERATURE_GPU = 1, 2, 0
ENERGY_WINDOW_S = 0.1  # the counter moves every few tens of milliseconds: a shorter loop says nothing


class Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


def library():
    """NVML, initialised; None where there is no driver."""
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
        return nvml if nvml.nvmlInit_v2() == SUCCESS else None
    except (OSError, AttributeError):
        return None


def cuda_version_of_driver(nvml):
    """13000 for 13.0: the newest CUDA that the driver runs; 0 when it does not say."""
    value = ctypes.c_int()
    return value.value if nvml.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(value)) == SUCCESS else 0


def device_count(nvml):
    value = ctypes.c_uint()
    return value.value if nvml.nvmlDeviceGetCount_v2(ctypes.byref(value)) == SUCCESS else 0


class ProcessInfo(ctypes.Structure):
    _fields_ = [("pid", ctypes.c_uint), ("used", ctypes.c_ulonglong), ("gpu_instance", ctypes.c_uint),
                ("compute_instance", ctypes.c_uint)]


class Device:
    """The GPU that CUDA calls device 0: the first of CUDA_VISIBLE_DEVICES, where that names one."""

    def __init__(self, nvml, handle):
        self.nvml, self.handle = nvml, handle
        self.used_at_start_mb = self.used_mb()
        self.peak_mb = 0.0

    @classmethod
    def open(cls):
        nvml = library()
        if nvml is None:
            return None
        first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
        handle = ctypes.c_void_p()
        if first.startswith(("GPU-", "MIG-")):
            code = nvml.nvmlDeviceGetHandleByUUID(first.encode(), ctypes.byref(handle))
        else:
            code = nvml.nvmlDeviceGetHandleByIndex_v2(int(first) if first.isdigit() else 0, ctypes.byref(handle))
        return cls(nvml, handle) if code == SUCCESS else None

    def _number(self, name, kind, *arguments):
        value = kind()
        try:
            code = getattr(self.nvml, name)(self.handle, *arguments, ctypes.byref(value))
        except AttributeError:  # a driver older than the function
            return None
        return value.value if code == SUCCESS else None

    def used_mb(self):
        memory = Memory()
        code = self.nvml.nvmlDeviceGetMemoryInfo(self.handle, ctypes.byref(memory))
        return memory.used / 2**20 if code == SUCCESS else 0.0

    def used_by_us_mb(self):
        """None where NVML does not list this process: inside most containers."""
        processes, count = (ProcessInfo * 256)(), ctypes.c_uint(256)
        try:
            code = self.nvml.nvmlDeviceGetComputeRunningProcesses_v3(self.handle, ctypes.byref(count), processes)
        except AttributeError:
            return None
        ours = [p.used for p in processes[:count.value] if code == SUCCESS and p.pid == os.getpid() and p.used != 2**64 - 1]
        return ours[0] / 2**20 if ours else None

    def sample(self):
        ours = self.used_by_us_mb()
        self.peak_mb = max(self.peak_mb, self.used_mb() - self.used_at_start_mb if ours is None else ours)
        reasons = self._number("nvmlDeviceGetCurrentClocksThrottleReasons", ctypes.c_ulonglong) or 0
        limit_mw = self._number("nvmlDeviceGetEnforcedPowerLimit", ctypes.c_uint)
        found = {"sm_mhz": self._number("nvmlDeviceGetClockInfo", ctypes.c_uint, CLOCK_SM),
                 "memory_mhz": self._number("nvmlDeviceGetClockInfo", ctypes.c_uint, CLOCK_MEMORY),
                 "temperature_c": self._number("nvmlDeviceGetTemperature", ctypes.c_uint, TEMPERATURE_GPU),
                 "power_limit_w": None if limit_mw is None else limit_mw / 1000,
                 "energy_mj": self._number("nvmlDeviceGetTotalEnergyConsumption", ctypes.c_ulonglong),
                 "throttle_reasons": [name for bit, name in THROTTLE_REASONS.items() if reasons & bit]}
        return {name: value for name, value in found.items() if value is not None}, time.monotonic()

    def memory_mb(self):
        """This process's at the highest sample; where NVML does not tell, what the device's grew by since the start."""
        return self.peak_mb

    @staticmethod
    def clocks(before, after, tokens):
        """The row's field `clocks`, of two samples and the tokens counted between them."""
        (first, start_s), (last, end_s) = before, after
        energy_mj = last.pop("energy_mj", 0) - first.pop("energy_mj", 0)
        known = end_s - start_s >= ENERGY_WINDOW_S and energy_mj > 0 and tokens > 0
        return {"before": first, "after": last, "throttled": bool(first["throttle_reasons"] or last["throttle_reasons"]),
                "energy_mj_per_token": energy_mj / tokens if known else None}
