"""Faults of workloads and their scaling that schemas and checkov let through. A check gives one sentence per fault."""

from collections.abc import Iterator

from cluster import Objects, of_kind, pods, quantity, selected, settings_of, title

from k8s.server.http.serve import END_S, LAST_REQUESTS_S

UNITS = {"cpu": ("m", ""), "nvidia.com/gpu": ("",)}
BINARY_UNITS = ("Ki", "Mi", "Gi", "Ti")


def autoscalers_have_room(objects: Objects) -> Iterator[str]:
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        least, most = scaler["spec"].get("minReplicas", 1), scaler["spec"]["maxReplicas"]
        if least > most:
            yield f"{title(scaler)}: minReplicas {least} is over maxReplicas {most}"
        elif least < 2:
            yield f"{title(scaler)}: minReplicas {least} leaves nothing when a node is lost"


def autoscalers_own_the_replicas(objects: Objects) -> Iterator[str]:
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        found = [t for t in of_kind(objects, target["kind"]) if t["metadata"]["name"] == target["name"]]
        if not found:
            yield f"{title(scaler)}: there is no {target['kind']} {target['name']}"
        for thing in found:
            if "replicas" in thing["spec"]:
                yield f"{title(thing)}: replicas is set beside {title(scaler)}"


def disruption_budgets_let_nodes_drain(objects: Objects) -> Iterator[str]:
    least = min((s["spec"].get("minReplicas", 1) for s in of_kind(objects, "HorizontalPodAutoscaler")), default=1)
    for budget in of_kind(objects, "PodDisruptionBudget"):
        fields = [name for name in ("minAvailable", "maxUnavailable") if name in budget["spec"]]
        if len(fields) != 1:
            yield f"{title(budget)}: one of minAvailable and maxUnavailable is needed, not {len(fields)}"
        elif fields == ["minAvailable"] and budget["spec"]["minAvailable"] >= least:
            yield f"{title(budget)}: minAvailable {budget['spec']['minAvailable']} of {least} pods blocks every drain"


def resources_add_up(objects: Objects) -> Iterator[str]:
    for pod in pods(objects):
        for container in pod.containers:
            resources = container.get("resources", {})
            requests, limits = resources.get("requests", {}), resources.get("limits", {})
            place = f"{pod.owner}, container {container['name']}"
            yield from (f"{place}: no {name} limit" for name in ("cpu", "memory") if name not in limits)
            for name in {**requests, **limits}:
                yield from (f"{place}: {fault}" for fault in _faults(name, requests.get(name), limits.get(name)))


def _faults(name: str, request: str | None, limit: str | None) -> Iterator[str]:
    try:
        amounts = [quantity(text) for text in (request, limit) if text is not None]
    except ValueError as error:
        yield f"{name}: {error}"
        return
    for _, unit in amounts:
        if unit not in UNITS.get(name, BINARY_UNITS):
            yield f"{name}: the unit {unit or '(none)'} is wrong"
    if len(amounts) == 2 and amounts[1] < amounts[0]:
        yield f"{name}: the limit {limit} is under the request {request}"


def servers_are_probed(objects: Objects) -> Iterator[str]:
    for pod in pods(objects):
        if pod.owner.startswith("Deployment"):
            given = {name for name, _ in pod.probes}
            for name in ("startupProbe", "readinessProbe", "livenessProbe"):
                if name not in given:
                    yield f"{pod.owner}: there is no {name}"


def updates_keep_every_pod(objects: Objects) -> Iterator[str]:
    for thing in of_kind(objects, "Deployment"):
        update = thing["spec"].get("strategy", {}).get("rollingUpdate", {})
        if update.get("maxUnavailable") != 0:
            yield f"{title(thing)}: a rolling update may take pods away, maxUnavailable is not 0"


def pods_have_time_to_stop(objects: Objects) -> Iterator[str]:
    for pod in pods(objects):
        settings = settings_of(pod, objects)
        if "XRAY_DRAIN_SECONDS" not in settings:
            continue
        shutdown = float(settings["XRAY_SHUTDOWN_SECONDS"])
        longest = float(settings["XRAY_UPLOAD_SECONDS"]) + float(settings["XRAY_DEADLINE_SECONDS"])
        if shutdown < longest:
            yield f"{pod.owner}: a request may take {longest:g} s, the shutdown waits {shutdown:g} s"
        sleep = pod.spec["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        needed = sleep + float(settings["XRAY_DRAIN_SECONDS"]) + LAST_REQUESTS_S + shutdown + END_S
        grace = pod.spec.get("terminationGracePeriodSeconds", 30)
        if grace <= needed:
            yield f"{pod.owner}: terminationGracePeriodSeconds {grace} is not over the {needed:g} s that stopping takes"


def references_are_met(objects: Objects) -> Iterator[str]:
    """ConfigMaps, Secrets and volume claims that pods name are made here, by an ExternalSecret or by a Certificate."""
    made = {
        (t["kind"], t["metadata"]["name"]) for t in of_kind(objects, "ConfigMap", "Secret", "PersistentVolumeClaim")
    }
    made |= {("Secret", t["spec"]["target"]["name"]) for t in of_kind(objects, "ExternalSecret")}
    made |= {("Secret", t["spec"]["secretName"]) for t in of_kind(objects, "Certificate")}
    for pod in pods(objects):
        named = [("ConfigMap", s["configMapRef"]["name"]) for c in pod.containers for s in c.get("envFrom", [])]
        for volume in pod.spec.get("volumes", []):
            if "secret" in volume:
                named.append(("Secret", volume["secret"]["secretName"]))
            if "persistentVolumeClaim" in volume:
                named.append(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
        yield from (f"{pod.owner}: there is no {kind} {name}" for kind, name in named if (kind, name) not in made)


def images_have_a_version(objects: Objects) -> Iterator[str]:
    for thing in of_kind(objects, "Deployment", "Job"):
        for container in thing["spec"]["template"]["spec"]["containers"]:
            _, _, tag = container["image"].rpartition("/")[2].partition(":")
            if tag in ("", "latest") and "@sha256:" not in container["image"]:
                yield f"{title(thing)}: the image {container['image']} has no version"


def selectors_match_something(objects: Objects) -> Iterator[str]:
    for thing in of_kind(objects, "Deployment", "PodDisruptionBudget", "NetworkPolicy", "Service"):
        key = "podSelector" if thing["kind"] == "NetworkPolicy" else "selector"
        selector = thing["spec"][key]
        if thing["kind"] == "Service":
            selector = {"matchLabels": selector}
        if not selected(objects, thing["metadata"]["namespace"], selector):
            yield f"{title(thing)}: its selector matches no pod"
    for monitor in of_kind(objects, "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        if not any(wanted <= s["metadata"].get("labels", {}).items() for s in of_kind(objects, "Service")):
            yield f"{title(monitor)}: its selector matches no Service"
    for pod in pods(objects):
        for spread in pod.spec.get("topologySpreadConstraints", []):
            if pod not in selected(objects, pod.namespace, spread["labelSelector"]):
                yield f"{pod.owner}: its spread over {spread['topologyKey']} counts other pods"
