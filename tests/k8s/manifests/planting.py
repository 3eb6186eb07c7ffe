"""Ways into the rendered objects for tests that break one thing, and the list of what they break."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from cluster import Object, Objects, of_kind

Check = Callable[[Objects], Iterator[str]]


class Faults(list[Any]):
    """Cases for pytest: a function that breaks rendered objects, and the sentence that a check then says."""

    def fault(self, check: Check, sentence: str, name: str = "cpu") -> Callable[[Any], Any]:
        def register(break_it: Callable[[Objects], None]) -> Callable[[Objects], None]:
            self.append(pytest.param(break_it, check, sentence, name, id=break_it.__name__))
            return break_it

        return register

    @property
    def checks(self) -> set[Check]:
        return {case.values[1] for case in self}


def checks_of(module: ModuleType) -> list[Check]:
    """The public functions that a module of checks defines itself."""
    own = [value for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
    return [value for value in own if value.__module__ == module.__name__]


def the(objects: Objects, kind: str, name: str | None = None) -> Object:
    (thing,) = [thing for thing in of_kind(objects, kind) if name in (None, thing["metadata"]["name"])]
    return thing


def pod_of(objects: Objects) -> Object:
    return the(objects, "Deployment")["spec"]["template"]["spec"]


def container_of(objects: Objects) -> Object:
    return pod_of(objects)["containers"][0]


def settings(objects: Objects) -> dict[str, str]:
    (found,) = [thing["data"] for thing in of_kind(objects, "ConfigMap") if "XRAY_PORT" in thing["data"]]
    return found


def policy_of(objects: Objects, name: str = "xray-endpoint") -> Object:
    return the(objects, "NetworkPolicy", name)["spec"]


def first_backend(objects: Objects) -> Object:
    """Of the Ingress."""
    return the(objects, "Ingress")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
