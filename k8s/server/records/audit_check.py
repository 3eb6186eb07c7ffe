"""Whether an audit log is whole: every line follows from the one before, and every request that started has ended."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from k8s.server.records.audit_chain import FIRST_CHAIN, chain_of, parted
from k8s.server.records.unfinished import Unfinished

_START = b'{"resourceType":"AuditEvent"'


@dataclass(frozen=True)
class Verdict:
    """`broken` names the first line that does not follow from the one before, None where all do.

    `behind` counts the lines behind the head that was asked for, None where no line has it. `unfinished` holds the
    requests that have a started line and no other.
    """

    lines: int
    head: str
    broken: str | None
    behind: int | None = None
    unfinished: Unfinished = field(default_factory=Unfinished)


def verify(
    key: bytes, files: Iterable[Path], first: str = FIRST_CHAIN, *, are_printed: bool = False, head: str | None = None
) -> Verdict:
    """Follow the chain through `files` in their order, from `first` on.

    In what a pod printed, lines of another kind are passed over: an audit line made to look like one is missed by the
    next.
    """
    previous, lines, unfinished = first, 0, Unfinished()
    at_head = 0 if head == first else None
    for path in files:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if are_printed and not line.startswith(_START):
                    continue
                where = f"{path.name}, line {number}"
                if not line.endswith(b"\n"):
                    return Verdict(lines, previous, f"{where}: it is cut off")
                parts = parted(line)
                if parts is None:
                    return Verdict(lines, previous, f"{where}: it carries no chain")
                content, chain = parts
                if not hmac.compare_digest(chain_of(key, previous, content), chain):
                    return Verdict(lines, previous, f"{where}: it does not follow from the line before")
                previous, lines = chain, lines + 1
                unfinished.add(content, chain)
                if chain == head:
                    at_head = lines
    return Verdict(lines, previous, None, None if at_head is None else lines - at_head, unfinished)
