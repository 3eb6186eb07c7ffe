"""Every overlay renders, passes the schemas of Kubernetes and our own checks, and says what the server understands."""

import re

import kubernetes_validate
import pytest
import traffic_lint
import workload_lint
import yaml
from cluster import of_kind, pods, settings_of, title
from planting import checks_of
from rendering import MANIFESTS, NAMES, overlay_text, rendered, rendered_text

from fovea import __version__
from k8s.server.http.serve import KEEP_ALIVE_S

OLDEST, NEWEST = "1.30", "1.37"
"""of Kubernetes; 1.30 is the first with preStop sleep switched on"""

# Kinds whose schemas live in their operators: the version that we write, and the fields without which they do nothing.
CUSTOM = {
    "ServiceMonitor": ("monitoring.coreos.com/v1", ("selector.matchLabels", "endpoints")),
    "PrometheusRule": ("monitoring.coreos.com/v1", ("groups",)),
    "ExternalSecret": ("external-secrets.io/v1", ("secretStoreRef.name", "secretStoreRef.kind", "target.name", "data")),
    "Certificate": ("cert-manager.io/v1", ("secretName", "issuerRef.name", "issuerRef.kind", "usages")),
    "Gateway": ("gateway.networking.k8s.io/v1", ("gatewayClassName", "listeners")),
    "HTTPRoute": ("gateway.networking.k8s.io/v1", ("parentRefs", "hostnames", "rules")),
    "BackendTrafficPolicy": (
        "gateway.envoyproxy.io/v1alpha1",
        ("targetRefs", "timeout.http.connectionIdleTimeout", "retry.retryOn.triggers"),
    ),
    "ClientTrafficPolicy": ("gateway.envoyproxy.io/v1alpha1", ("targetRefs", "connection", "timeout.http")),
    "InferenceService": (
        "serving.kserve.io/v1beta1",
        ("predictor.model.modelFormat.name", "predictor.model.protocolVersion", "predictor.model.storageUri"),
    ),
}


CLUSTER_WIDE = ("Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")

CHECKS = [check for module in (workload_lint, traffic_lint) for check in checks_of(module)]


def _endpoint(objects):
    (pod,) = [pod for pod in pods(objects) if pod.owner == "Deployment xray-endpoint"]
    return pod


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("name", NAMES)
def test_every_object_of_kubernetes_itself_passes_its_strict_schema(name, version):
    native = [thing for thing in rendered(name) if thing["kind"] not in CUSTOM]
    assert len(native) > 4
    for thing in native:
        kubernetes_validate.validate(thing, version, strict=True)


@pytest.mark.parametrize("name", NAMES)
def test_custom_objects_have_the_version_and_fields_that_their_operators_need(name):
    for thing in of_kind(rendered(name), *CUSTOM):
        api_version, fields = CUSTOM[thing["kind"]]
        assert thing["apiVersion"] == api_version
        for path in fields:
            value = thing["spec"]
            for key in path.split("."):
                value = value[key]
            assert value, f"{title(thing)}: {path} is empty"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_our_own_checks_find_nothing(name, check):
    assert list(check(rendered(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_namespaced_object_says_its_namespace_and_every_name_is_there_once(name):
    objects = rendered(name)
    places = [(thing["kind"], thing["metadata"].get("namespace"), thing["metadata"]["name"]) for thing in objects]
    assert sorted(set(places), key=str) == sorted(places, key=str)
    made = {thing["metadata"]["name"] for thing in of_kind(objects, "Namespace")}
    assert {namespace for kind, namespace, _ in places if kind not in CLUSTER_WIDE} == made


@pytest.mark.parametrize("name", NAMES)
def test_namespaces_enforce_the_restricted_profile_and_no_pod_gets_a_token(name):
    objects = rendered(name)
    labels = [thing["metadata"]["labels"] for thing in of_kind(objects, "Namespace")]
    assert [label["pod-security.kubernetes.io/enforce"] for label in labels] == ["restricted"]
    for pod in pods(objects):
        assert pod.spec["automountServiceAccountToken"] is False
        assert pod.spec["securityContext"]["runAsNonRoot"] is True
        assert pod.spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod.containers:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_lies_in_git(name):
    assert of_kind(rendered(name), "Secret") == []
    assert "PRIVATE KEY" not in rendered_text(name)


@pytest.mark.parametrize("name", ["cpu", "gpu", "kserve", "hardened", "gateway"])
def test_every_setting_is_one_that_the_server_reads(name):
    source = (MANIFESTS.parent / "server" / "settings.py").read_text()
    known = {f"XRAY_{field.upper()}" for field in re.findall(r"^    ([a-z_]+): ", source, re.MULTILINE)}
    objects = rendered(name)
    given = {key for key in settings_of(_endpoint(objects), objects) if not key.startswith("OTEL_")}
    assert len(given) > 10
    assert given <= known


@pytest.mark.parametrize("name", ["cpu", "hardened"])
def test_files_that_settings_name_are_on_a_mounted_volume(name):
    objects = rendered(name)
    endpoint = _endpoint(objects)
    mounts = [mount["mountPath"] for mount in endpoint.containers[0]["volumeMounts"]]
    files = [value for value in settings_of(endpoint, objects).values() if value.startswith("/")]
    assert len(files) >= 3
    for file in files:
        assert file.rpartition("/")[0] in mounts


def test_the_queue_metric_of_the_autoscaler_is_the_one_that_the_adapter_makes():
    adapter = yaml.safe_load((MANIFESTS / "prometheus-adapter.yaml").read_text())
    (rule,) = adapter["rules"]["custom"]
    (scaler,) = of_kind(rendered("cpu"), "HorizontalPodAutoscaler")
    asked = [metric["pods"]["metric"]["name"] for metric in scaler["spec"]["metrics"] if metric["type"] == "Pods"]
    assert asked == [rule["name"]["as"]]
    assert rule["seriesQuery"].startswith(asked[0])


def test_the_overlays_differ_as_they_promise():
    cpu, gpu, kserve = (_endpoint(rendered(name)).spec for name in ("cpu", "gpu", "kserve"))
    assert cpu["containers"][0]["image"] == f"registry.example/xray-endpoint:{__version__}"
    assert "nodeSelector" not in cpu
    assert gpu["containers"][0]["image"] == f"registry.example/xray-endpoint:{__version__}-gpu"
    assert gpu["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert gpu["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
    assert gpu["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert settings_of(_endpoint(rendered("gpu")), rendered("gpu"))["XRAY_REQUIRE_CUDA"] == "true"
    assert settings_of(_endpoint(rendered("kserve")), rendered("kserve"))["XRAY_WORKERS"] == "16"
    assert kserve["containers"][0]["resources"] == cpu["containers"][0]["resources"]
    assert len(of_kind(rendered("kserve"), "InferenceService")) == 1
    with_tls = next(iter(of_kind(rendered("hardened"), "Ingress")))["metadata"]["annotations"]
    assert with_tls["nginx.ingress.kubernetes.io/backend-protocol"] == "HTTPS"


def test_the_gateway_takes_the_place_of_the_ingress_with_the_same_host_paths_and_certificate():
    (ingress,) = of_kind(rendered("cpu"), "Ingress")
    objects = rendered("gateway")
    assert of_kind(objects, "Ingress") == []
    (gateway,), (route,) = of_kind(objects, "Gateway"), of_kind(objects, "HTTPRoute")
    (rule,) = ingress["spec"]["rules"]
    assert route["spec"]["hostnames"] == [rule["host"]] == [gateway["spec"]["listeners"][0]["hostname"]]
    paths = [match["path"]["value"] for match in route["spec"]["rules"][0]["matches"]]
    assert paths == [path["path"] for path in rule["http"]["paths"]]
    (certificate,) = gateway["spec"]["listeners"][0]["tls"]["certificateRefs"]
    assert certificate["name"] == ingress["spec"]["tls"][0]["secretName"]
    assert route["spec"]["parentRefs"] == [{"name": gateway["metadata"]["name"]}]


def test_the_gateway_closes_an_unused_connection_before_the_server_does():
    objects = rendered("gateway")
    (policy,), (route,) = of_kind(objects, "BackendTrafficPolicy"), of_kind(objects, "HTTPRoute")
    (target,) = policy["spec"]["targetRefs"]
    assert (target["kind"], target["name"]) == ("HTTPRoute", route["metadata"]["name"])
    idle = re.fullmatch(r"(\d+)s", policy["spec"]["timeout"]["http"]["connectionIdleTimeout"])
    assert 10 < int(idle[1]) < KEEP_ALIVE_S


def test_the_values_for_the_controller_answer_429_and_count_addresses_and_not_nodes():
    controller = yaml.safe_load((MANIFESTS / "ingress-nginx.yaml").read_text())["controller"]
    assert {controller["config"][f"limit-{kind}-status-code"] for kind in ("req", "conn")} == {"429"}
    assert controller["service"]["externalTrafficPolicy"] == "Local"
    assert all(isinstance(value, str) for value in controller["config"].values())  # a ConfigMap takes nothing else


def refused_images(objects):
    """What the policy of components/pinned-images refuses: the images that its pattern (RE2) does not match."""
    (policy,) = of_kind(objects, "ValidatingAdmissionPolicy")
    (rule,) = policy["spec"]["validations"]
    (pattern,) = re.findall(
        r"^variables\.containers\.all\(container, container\.image\.matches\('(.+)'\)\)$", rule["expression"]
    )
    images = [c["image"] for t in of_kind(objects, "Deployment") for c in t["spec"]["template"]["spec"]["containers"]]
    return [image for image in images if not re.search(pattern, image)]


@pytest.mark.parametrize(
    ("image", "is_taken"),
    [
        ({"newTag": "0.2.0"}, False),
        ({"newTag": "latest"}, False),
        ({"digest": "sha256:" + "a" * 64}, True),
        ({"digest": "sha256:" + "a" * 63}, False),
    ],
)
def test_a_production_overlay_is_refused_by_the_cluster_until_its_image_has_a_digest(image, is_taken):
    images = [{"name": "registry.example/xray-endpoint", "newName": "registry.hospital/xray-endpoint"} | image]
    objects = list(yaml.safe_load_all(overlay_text(("pinned-images",), images=images)))
    assert (refused_images(objects) == []) is is_taken
    (policy,), (binding,) = (
        of_kind(objects, kind) for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    )
    assert binding["spec"]["policyName"] == policy["metadata"]["name"]
    assert binding["spec"]["validationActions"] == ["Deny"]
    matched = binding["spec"]["matchResources"]["namespaceSelector"]["matchLabels"]
    assert matched == {"kubernetes.io/metadata.name": of_kind(objects, "Deployment")[0]["metadata"]["namespace"]}
    watched = {kind for rule in policy["spec"]["matchConstraints"]["resourceRules"] for kind in rule["resources"]}
    assert watched == {"deployments", "jobs"}


def test_no_kustomization_reaches_out_of_this_repository():
    for path in MANIFESTS.rglob("kustomization.yaml"):
        listed = yaml.safe_load(path.read_text())
        for entry in [*listed.get("resources", []), *listed.get("components", [])]:
            assert (path.parent / entry).resolve().is_relative_to(MANIFESTS), f"{path}: {entry}"
            assert (path.parent / entry).exists(), f"{path}: {entry}"


def test_the_pods_have_a_user_namespace_where_the_component_asks_for_it():
    assert _endpoint(rendered("hardened")).spec["hostUsers"] is False
    assert "hostUsers" not in _endpoint(rendered("cpu")).spec


def test_one_object_lies_in_each_file_and_the_file_is_named_after_its_kind():
    files = [path for folder in MANIFESTS.iterdir() if folder.is_dir() for path in folder.rglob("*.yaml")]
    for path in files:
        if path.name != "kustomization.yaml":
            (thing,) = yaml.safe_load_all(path.read_text())
            assert path.stem.split("-")[0] == thing["kind"].lower(), path


def test_every_manifest_passes_yamllint():
    from yamllint import linter
    from yamllint.config import YamlLintConfig

    # The house writes lines of 120 and lists as dense as its code; PyYAML and kustomize agree on 0440.
    config = YamlLintConfig(
        "extends: default\n"
        "rules: {line-length: {max: 220}, document-start: disable, comments: {min-spaces-from-content: 1}, "
        "truthy: {check-keys: false}}"
    )
    for path in sorted(MANIFESTS.rglob("*.yaml")):
        assert [str(problem) for problem in linter.run(path.read_text(), config)] == [], path
