"""Which requests of an audit log were started and never ended: those that a crash took."""

import json
from typing import Any

from k8s.server.records.audit_event import END_OF, STARTED
from k8s.server.records.server_event import APPLICATION_START

# what a line must hold to matter here; JSON escapes the quotes of any value that a client chose
_MARKS = tuple(f'"{mark}"'.encode() for mark in (STARTED, END_OF, APPLICATION_START))


class Unfinished:
    """Follows the lines of a log in their order.

    `lost` are the request ids of runs that another start ended; `open` maps the chains of started lines of the last
    run to their request ids: those requests are under way, or a crash took them too.
    """

    def __init__(self) -> None:
        self.open: dict[str, str] = {}
        self.lost: list[str] = []

    @property
    def request_ids(self) -> list[str]:
        """All of them, oldest first."""
        return [*self.lost, *self.open.values()]

    def add(self, content: bytes, chain: str) -> None:
        """One line without its chain, and its chain."""
        if not any(mark in content for mark in _MARKS):
            return
        event = json.loads(content)
        if any(coding.get("code") == APPLICATION_START for coding in event.get("subtype", ())):
            self.lost += self.open.values()
            self.open.clear()
        elif event.get("outcomeDesc") == STARTED:
            self.open[chain] = _values(event)[0]
        else:
            for value in _values(event, END_OF):
                self.open.pop(value, None)


def _values(event: dict[str, Any], name: str | None = None) -> list[str]:
    """Identifiers of the event's entities, of those with this name where one is given."""
    entities = event.get("entity", ())
    return [each["what"]["identifier"]["value"] for each in entities if name in (None, each.get("name"))]
