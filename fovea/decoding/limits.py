"""What a decoder may take from the machine: memory, time, files, and no way out of its process."""

import ctypes
import errno
import os
import resource
import signal
import struct
import time
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38  # prctl(2)
SECCOMP_MODE_FILTER = 2
MAX_FILES = 16
SPARE_SECONDS = 2
FIRST_TO_KILL = "1000"  # proc(5), oom_score_adj: where the container's memory ends, a decoder goes before the server

# seccomp(2): for each machine its AUDIT_ARCH and its numbers of clone, clone3, fork, vfork, execve, execveat, ptrace,
# process_vm_readv, process_vm_writev, socket, socketpair, connect, kill and tkill; aarch64 has no fork and vfork.
REFUSED_CALLS = {
    "x86_64": (0xC000003E, (56, 435, 57, 58, 59, 322, 101, 310, 311, 41, 53, 42, 62, 200)),
    "aarch64": (0xC00000B7, (220, 435, 221, 281, 117, 270, 271, 198, 199, 203, 129, 130)),
}
# linux/bpf_common.h and linux/seccomp.h
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_IF_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
LACKING = 0x00050000 | errno.ENOSYS  # upon which the C library takes clone in place of clone3
NUMBER_AT, MACHINE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
CLONE_THREAD = 0x10000  # clone(2): within the same process
OTHER_ABI = 0x40000000  # x32 calls of x86_64


def shut_in(memory_bytes: int, result_bytes: int, *, allows_threads: bool = False) -> None:
    """Bind this process, for good: `memory_bytes` beside what it has now, and results of `result_bytes` at most.

    Some codecs cannot do without threads, which share these limits.
    """
    virtual = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _lower(resource.RLIMIT_AS, virtual + memory_bytes)
    _lower(resource.RLIMIT_FSIZE, result_bytes)
    _lower(resource.RLIMIT_NOFILE, MAX_FILES)
    _lower(resource.RLIMIT_CORE, 0)  # a dump would hold a film
    Path("/proc/self/oom_score_adj").write_text(FIRST_TO_KILL)
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _refuse_calls(library, allows_threads)


def allow_seconds(seconds: float) -> None:
    """Of processor time, from now on: the kernel ends what its lender forgot."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + SPARE_SECONDS, hard))


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (lowest, lowest))


def _refuse_calls(library: ctypes.CDLL, allows_threads: bool) -> None:
    """No new process or program, no connection, no signal: they fail with EPERM. On other machines nothing changes."""
    machine = os.uname().machine
    if machine not in REFUSED_CALLS:
        return
    architecture, numbers = REFUSED_CALLS[machine]
    steps = [(LOAD, 0, 0, MACHINE_AT), (JUMP_EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER_AT)]
    threads = _thread_steps(*numbers[:2]) if allows_threads else []
    steps += [(JUMP_AT_LEAST, len(threads) + len(numbers) + 1, 0, OTHER_ABI), *threads]
    steps += [(JUMP_EQUAL, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    library.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)


def _thread_steps(clone: int, clone3: int) -> list[tuple[int, int, int, int]]:
    """Let clone make threads. The flags of clone3 lie in memory, where a filter cannot look."""
    return [
        (JUMP_EQUAL, 0, 1, clone3),
        (RETURN, 0, 0, LACKING),
        (JUMP_EQUAL, 0, 4, clone),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (JUMP_IF_SET, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
