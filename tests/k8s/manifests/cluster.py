"""How the objects of a cluster find each other: pods by labels, ports by names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
Objects = list[Object]

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
TRITON_PORT = 8080  # of KServe's runtime kserve-tritonserver


@dataclass(frozen=True)
class Pod:
    """The pods that one object makes. `ports` by name; a port without one stands under its number."""

    owner: str
    namespace: str
    labels: dict[str, str]
    spec: Object
    ports: dict[str | int, int] = field(default_factory=dict)

    @property
    def containers(self) -> Objects:
        return self.spec.get("initContainers", []) + self.spec["containers"]

    def port_number(self, port: str | int) -> int | None:
        """The number of a port that is given by name or number; None where no container has it."""
        return self.ports.get(port) or (port if port in self.ports.values() else None)

    @property
    def probes(self) -> Iterator[tuple[str, Object]]:
        for container in self.containers:
            yield from ((name, container[name]) for name in PROBES if name in container)


def title(thing: Object) -> str:
    return f"{thing['kind']} {thing['metadata']['name']}"


def of_kind(objects: Objects, *kinds: str) -> Objects:
    return [thing for thing in objects if thing["kind"] in kinds]


def pods(objects: Objects) -> list[Pod]:
    made = [_from_template(thing) for thing in of_kind(objects, "Deployment", "Job")]
    return made + [_from_kserve(thing) for thing in of_kind(objects, "InferenceService")]


def _from_template(thing: Object) -> Pod:
    template = thing["spec"]["template"]
    listed = [port for container in template["spec"]["containers"] for port in container.get("ports", [])]
    ports = {port.get("name", port["containerPort"]): port["containerPort"] for port in listed}
    return Pod(title(thing), thing["metadata"]["namespace"], template["metadata"]["labels"], template["spec"], ports)


def _from_kserve(thing: Object) -> Pod:
    """KServe makes the pods of an InferenceService, with these labels and the runtime's port."""
    predictor = thing["spec"]["predictor"]
    labels = {"serving.kserve.io/inferenceservice": thing["metadata"]["name"], "component": "predictor"}
    spec = {**predictor, "containers": [{"name": "kserve-container", **predictor["model"]}]}
    return Pod(title(thing), thing["metadata"]["namespace"], labels, spec, {TRITON_PORT: TRITON_PORT})


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """A label selector; `matchExpressions` is not used here, so it is refused and not guessed."""
    assert set(selector) <= {"matchLabels"}, selector
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def selected(objects: Objects, namespace: str, selector: Object) -> list[Pod]:
    return [pod for pod in pods(objects) if pod.namespace == namespace and selects(selector, pod.labels)]


def settings_of(pod: Pod, objects: Objects) -> dict[str, str]:
    """The environment that the ConfigMaps of a pod give it."""
    names = [source["configMapRef"]["name"] for container in pod.containers for source in container.get("envFrom", [])]
    maps = [thing["data"] for thing in of_kind(objects, "ConfigMap") if thing["metadata"]["name"] in names]
    return {key: value for data in maps for key, value in data.items()}


QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|Ki|Mi|Gi|Ti|)")
FACTORS = {"m": 1e-3, "": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def quantity(text: str) -> tuple[float, str]:
    """Value and unit. Raises ValueError at units that nobody here means: 1536M is not 1536Mi."""
    match = QUANTITY.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text} is no quantity with m, Ki, Mi, Gi, Ti or no unit")
    return float(match[1]) * FACTORS[match[2]], match[2]
