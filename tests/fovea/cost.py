"""What it costs to read a file, measured in a process of its own that may not take much."""

import subprocess
import sys

READ_IN_LITTLE = """
import resource, sys
from fovea import ImageError
from fovea.images import decode
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
try:
    print(decode(sys.stdin.buffer.read(), 1).size)
except ImageError as error:
    print(error)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
print(resource.getrusage(resource.RUSAGE_SELF).ru_utime)
"""


def cost_of(data):
    """What reading says, the memory in MB and the time in seconds that it takes with the interpreter's start."""
    done = subprocess.run([sys.executable, "-c", READ_IN_LITTLE], input=data, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    said, peak_kb, seconds = done.stdout.decode().splitlines()
    return said, int(peak_kb) // 1000, float(seconds)
