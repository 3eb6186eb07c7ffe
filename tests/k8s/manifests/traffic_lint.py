"""Faults of what pods reach and are reached by: ports, policies, ingress. A check gives one sentence per fault."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cluster import Object, Objects, Pod, of_kind, pods, selected, selects, settings_of, title

from k8s.server.settings import Settings

NOT_SENT_YET = {"connect-failure", "refused-stream"}  # Envoy's triggers of a retry before the pod has read anything
DNS = {("UDP", 53), ("TCP", 53)}
NGINX = "nginx.ingress.kubernetes.io/"
MAX_BUFFER_KB = 1024


def probes_ask_ports_that_exist(objects: Objects) -> Iterator[str]:
    for pod in pods(objects):
        for name, probe in pod.probes:
            if pod.port_number(probe["httpGet"]["port"]) is None:
                yield f"{pod.owner}: {name} asks port {probe['httpGet']['port']}, which no container has"


def services_target_ports_that_exist(objects: Objects) -> Iterator[str]:
    for service in of_kind(objects, "Service"):
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            for pod in _behind(service, objects):
                if pod.port_number(target) is None:
                    yield f"{title(service)}: {pod.owner} has no port {target}"


def ingresses_lead_to_ports_that_exist(objects: Objects) -> Iterator[str]:
    for backend, place in _ingress_backends(objects):
        named = [s for s in of_kind(objects, "Service") if s["metadata"]["name"] == backend["name"]]
        if not _has_port(named, backend["port"]):
            yield f"{place}: there is no Service {backend['name']} with port {backend['port']}"


def monitors_read_ports_that_exist(objects: Objects) -> Iterator[str]:
    for monitor in of_kind(objects, "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        chosen = [s for s in of_kind(objects, "Service") if wanted <= s["metadata"].get("labels", {}).items()]
        for endpoint in monitor["spec"]["endpoints"]:
            if not _has_port(chosen, {"name": endpoint["port"]}):
                yield f"{title(monitor)}: no Service that it selects has a port {endpoint['port']}"


def _ingress_backends(objects: Objects) -> Iterator[tuple[Object, str]]:
    """Service and port that an Ingress or a route of a Gateway leads to."""
    for ingress in of_kind(objects, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            yield from ((path["backend"]["service"], title(ingress)) for path in rule["http"]["paths"])
    for route in of_kind(objects, "HTTPRoute"):
        for backend in (backend for rule in route["spec"]["rules"] for backend in rule["backendRefs"]):
            yield {"name": backend["name"], "port": {"number": backend["port"]}}, title(route)


def _has_port(services: Objects, port: Object) -> bool:
    listed = [listed for service in services for listed in service["spec"]["ports"]]
    if "name" in port:
        return port["name"] in [one.get("name") for one in listed]
    return port["number"] in [one["port"] for one in listed]


def _behind(service: Object, objects: Objects) -> list[Pod]:
    return selected(objects, service["metadata"]["namespace"], {"matchLabels": service["spec"]["selector"]})


def namespaces_deny_by_default(objects: Objects) -> Iterator[str]:
    for namespace in sorted({pod.namespace for pod in pods(objects)}):
        closed = {
            direction
            for policy in of_kind(objects, "NetworkPolicy")
            if policy["metadata"]["namespace"] == namespace and policy["spec"]["podSelector"] == {}
            for direction in policy["spec"]["policyTypes"]
        }
        for direction in sorted({"Ingress", "Egress"} - closed):
            yield f"Namespace {namespace}: no policy closes {direction} for every pod"


def policies_let_the_needed_in(objects: Objects) -> Iterator[str]:
    """What is probed or behind a Service is opened by some policy.

    The kubelet of the pod's own node gets through without, on most networks; a port that no rule names is a mistake.
    """
    for pod in pods(objects):
        needed = {pod.port_number(probe["httpGet"]["port"]): name for name, probe in pod.probes}
        for service in of_kind(objects, "Service"):
            if pod in _behind(service, objects):
                targets = (port.get("targetPort", port["port"]) for port in service["spec"]["ports"])
                needed |= {pod.port_number(target): title(service) for target in targets}
        is_open = [rule for policy in _policies(pod, objects) for rule in policy["spec"].get("ingress", [])]
        for number, reason in needed.items():
            if number is not None and not any(_opens(rule, pod, "TCP", number) for rule in is_open):
                yield f"{pod.owner}: no policy lets anyone reach port {number}, which {reason} needs"


def policies_let_names_be_asked(objects: Objects) -> Iterator[str]:
    """All but the pods of KServe, which read a volume and call nobody."""
    for pod in pods(objects):
        if pod.owner.startswith("InferenceService"):
            continue
        rules = [rule for policy in _policies(pod, objects) for rule in policy["spec"].get("egress", [])]
        for protocol, number in sorted(DNS):
            if not any(_opens(rule, pod, protocol, number) and _goes_to_dns(rule) for rule in rules):
                yield f"{pod.owner}: no policy lets it reach DNS, {protocol} port {number}"


def policies_name_ports_that_exist(objects: Objects) -> Iterator[str]:
    for policy in of_kind(objects, "NetworkPolicy"):
        chosen = selected(objects, policy["metadata"]["namespace"], policy["spec"]["podSelector"])
        for rule in policy["spec"].get("ingress", []):
            for port in rule.get("ports", []):
                if not any(pod.port_number(port["port"]) for pod in chosen):
                    yield f"{title(policy)}: opens port {port['port']}, which none of its pods has"
        for peer in (p for way in ("ingress", "egress") for rule in policy["spec"].get(way, []) for p in _peers(rule)):
            inside = "podSelector" in peer and "namespaceSelector" not in peer
            if inside and not selected(objects, policy["metadata"]["namespace"], peer["podSelector"]):
                yield f"{title(policy)}: a rule is for pods that do not exist"


def backends_are_reachable(objects: Objects) -> Iterator[str]:
    for pod in pods(objects):
        backend = settings_of(pod, objects).get("XRAY_BACKEND", "local")
        if backend == "local":
            continue
        address = urlsplit(backend)
        services = [s for s in of_kind(objects, "Service") if s["metadata"]["name"] == address.hostname]
        ports = [port for service in services for port in service["spec"]["ports"] if port["port"] == address.port]
        if not ports:
            yield f"{pod.owner}: there is no Service {address.hostname} with port {address.port}"
            continue
        rules = [rule for policy in _policies(pod, objects) for rule in policy["spec"].get("egress", [])]
        for target in _behind(services[0], objects):
            number = target.port_number(ports[0].get("targetPort", address.port))
            if not any(_opens(rule, target, "TCP", number) and _goes_to(rule, target) for rule in rules):
                yield f"{pod.owner}: no policy lets it reach {target.owner} on port {number}"


def _policies(pod: Pod, objects: Objects) -> list[Object]:
    return [
        policy
        for policy in of_kind(objects, "NetworkPolicy")
        if policy["metadata"]["namespace"] == pod.namespace and selects(policy["spec"]["podSelector"], pod.labels)
    ]


def _opens(rule: Object, pod: Pod, protocol: str, number: int | None) -> bool:
    """A rule without ports opens all of them."""
    listed = [
        (port.get("protocol", "TCP"), pod.ports.get(port["port"], port["port"])) for port in rule.get("ports", [])
    ]
    return not listed or (protocol, number) in listed


def _peers(rule: Object) -> Objects:
    return rule.get("from", []) + rule.get("to", [])


def _goes_to_dns(rule: Object) -> bool:
    return any(peer.get("podSelector") == {"matchLabels": {"k8s-app": "kube-dns"}} for peer in _peers(rule))


def _goes_to(rule: Object, pod: Pod) -> bool:
    return any("podSelector" in peer and selects(peer["podSelector"], pod.labels) for peer in _peers(rule))


def ingress_is_wider_than_the_server(objects: Objects) -> Iterator[str]:
    """The server refuses in its own words: larger bodies pass the ingress, and its 504 comes before the ingress's."""
    for ingress in of_kind(objects, "Ingress"):
        limits = ingress["metadata"]["annotations"]
        megabytes = int(re.fullmatch(r"(\d+)m", limits[f"{NGINX}proxy-body-size"])[1])
        seconds = int(limits[f"{NGINX}proxy-read-timeout"])
        if not ingress["spec"].get("tls"):
            yield f"{title(ingress)}: it has no tls"
        for settings in (settings_of(pod, objects) for pod in pods(objects)):
            if "XRAY_MAX_BODY_MB" not in settings:
                continue
            if megabytes <= float(settings["XRAY_MAX_BODY_MB"]):
                yield f"{title(ingress)}: proxy-body-size {megabytes}m is not over XRAY_MAX_BODY_MB"
            if seconds <= float(settings["XRAY_UPLOAD_SECONDS"]) + float(settings["XRAY_DEADLINE_SECONDS"]):
                yield f"{title(ingress)}: proxy-read-timeout {seconds} is not over the server's own limits"


def ingress_holds_no_film(objects: Objects) -> Iterator[str]:
    """nginx keeps bodies and answers in memory or in files unless they go on as they come."""
    for ingress in of_kind(objects, "Ingress"):
        annotations = ingress["metadata"]["annotations"]
        for name in ("proxy-request-buffering", "proxy-buffering"):
            if annotations.get(NGINX + name) != "off":
                yield f"{title(ingress)}: {name} is not off"
        kilobytes = re.fullmatch(r"(\d+)k", annotations.get(f"{NGINX}client-body-buffer-size", ""))
        if kilobytes is None or int(kilobytes[1]) > MAX_BUFFER_KB:
            yield f"{title(ingress)}: client-body-buffer-size is not at most {MAX_BUFFER_KB}k"


def ingress_limits_each_address(objects: Objects) -> Iterator[str]:
    """No less than one client may have of the least pods that run: a client meets the limits of the server first."""
    least = min((s["spec"]["minReplicas"] for s in of_kind(objects, "HorizontalPodAutoscaler")), default=1)
    granted = {
        "limit-connections": least * Settings.model_fields["client_concurrency"].default,
        "limit-rps": least * Settings.model_fields["rate_per_minute"].default / 60,
    }
    for ingress in of_kind(objects, "Ingress"):
        for name, one_client in granted.items():
            value = ingress["metadata"]["annotations"].get(NGINX + name)
            if value is None:
                yield f"{title(ingress)}: there is no {name}"
            elif int(value) < one_client:
                yield f"{title(ingress)}: {name} {value} is under the {one_client:g} that one client may have"


def gateways_are_limited(objects: Objects) -> Iterator[str]:
    """A Gateway of Envoy: connections of its listeners, requests of its route, and the time that a head may take."""
    for gateway in of_kind(objects, "Gateway"):
        specs = [policy["spec"] for policy in of_kind(objects, "ClientTrafficPolicy", "BackendTrafficPolicy")]
        for path in (
            "connection.connectionLimit.value",
            "connection.bufferLimit",
            "timeout.http.requestReceivedTimeout",
            "timeout.http.idleTimeout",
            "rateLimit.local.rules",
            "circuitBreaker.maxParallelRequests",
        ):
            if not any(_at(spec, path) for spec in specs):
                yield f"{title(gateway)}: no policy sets {path}"
        if any("requestBuffer" in spec for spec in specs):
            yield f"{title(gateway)}: requestBuffer holds bodies back until they are whole"


def _at(spec: Object, path: str) -> Any:
    """What lies at a dotted path; None where it leads nowhere."""
    value: Any = spec
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def no_film_is_sent_twice(objects: Objects) -> Iterator[str]:
    """A film that ended one pod would end the next: only a request that no pod has read goes to another."""
    for ingress in of_kind(objects, "Ingress"):
        if "non_idempotent" in ingress["metadata"]["annotations"].get(NGINX + "proxy-next-upstream", ""):
            yield f"{title(ingress)}: proxy-next-upstream repeats a POST that a pod has read (non_idempotent)"
    for route in of_kind(objects, "HTTPRoute"):
        if any("retry" in rule for rule in route["spec"]["rules"]):
            yield f"{title(route)}: retry repeats a request that a pod has read"
    for policy in of_kind(objects, "BackendTrafficPolicy"):
        retry_on = policy["spec"].get("retry", {}).get("retryOn", {})
        triggers = {*retry_on.get("triggers", []), *map(str, retry_on.get("httpStatusCodes", []))}
        for trigger in sorted(triggers - NOT_SENT_YET):
            yield f"{title(policy)}: retry on {trigger} repeats a request that a pod has read"


def only_the_public_port_is_public(objects: Objects) -> Iterator[str]:
    for backend, place in _ingress_backends(objects):
        if backend["port"] not in ({"name": "api"}, {"number": 8080}):
            yield f"{place}: port {backend['port']} is not the public one"
