"""Each check of workloads is shown to find what it is for: the good manifests with one thing broken."""

import pytest
import workload_lint
from planting import Faults, checks_of, container_of, pod_of, settings, the
from rendering import rendered

FAULTS = Faults()


@FAULTS.fault(workload_lint.autoscalers_have_room, "minReplicas 11 is over maxReplicas 10")
def min_over_max(objects):
    the(objects, "HorizontalPodAutoscaler")["spec"]["minReplicas"] = 11


@FAULTS.fault(workload_lint.autoscalers_have_room, "minReplicas 1 leaves nothing")
def a_single_replica(objects):
    del the(objects, "HorizontalPodAutoscaler")["spec"]["minReplicas"]


@FAULTS.fault(workload_lint.autoscalers_own_the_replicas, "Deployment xray-endpoint: replicas is set beside")
def replicas_beside_an_autoscaler(objects):
    the(objects, "Deployment")["spec"]["replicas"] = 2


@FAULTS.fault(workload_lint.autoscalers_own_the_replicas, "there is no Deployment xray")
def an_autoscaler_of_nothing(objects):
    the(objects, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] = "xray"


@FAULTS.fault(workload_lint.disruption_budgets_let_nodes_drain, "is needed, not 2")
def both_fields_of_a_budget(objects):
    the(objects, "PodDisruptionBudget")["spec"]["maxUnavailable"] = 1


@FAULTS.fault(workload_lint.disruption_budgets_let_nodes_drain, "minAvailable 2 of 2 pods blocks every drain")
def a_budget_that_blocks_every_drain(objects):
    the(objects, "PodDisruptionBudget")["spec"]["minAvailable"] = 2


@FAULTS.fault(workload_lint.resources_add_up, "cpu: the limit 1500m is under the request 2")
def a_limit_under_its_request(objects):
    container_of(objects)["resources"]["limits"]["cpu"] = "1500m"


@FAULTS.fault(workload_lint.resources_add_up, "memory: the unit m is wrong")
def memory_in_thousandths_of_a_byte(objects):
    container_of(objects)["resources"]["limits"]["memory"] = "1536m"


@FAULTS.fault(workload_lint.resources_add_up, "memory: 1536MB is no quantity")
def memory_in_megabytes(objects):
    container_of(objects)["resources"]["requests"]["memory"] = "1536MB"


@FAULTS.fault(workload_lint.resources_add_up, "memory: the unit (none) is wrong")
def memory_without_a_unit(objects):
    container_of(objects)["resources"]["limits"]["memory"] = "1536"


@FAULTS.fault(workload_lint.resources_add_up, "cpu: the unit Gi is wrong", "training")
def cpu_in_gibibytes(objects):
    job = the(objects, "Job")["spec"]["template"]["spec"]
    job["containers"][0]["resources"]["limits"]["cpu"] = "8Gi"


@FAULTS.fault(workload_lint.resources_add_up, "no memory limit", "kserve")
def no_memory_limit(objects):
    del the(objects, "InferenceService")["spec"]["predictor"]["model"]["resources"]["limits"]["memory"]


@FAULTS.fault(workload_lint.servers_are_probed, "there is no startupProbe")
def no_startup_probe(objects):
    del container_of(objects)["startupProbe"]


@FAULTS.fault(workload_lint.updates_keep_every_pod, "maxUnavailable is not 0")
def an_update_that_takes_pods_away(objects):
    the(objects, "Deployment")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] = "25%"


@FAULTS.fault(workload_lint.pods_have_time_to_stop, "terminationGracePeriodSeconds 30 is not over the 65.5 s")
def killed_before_it_has_stopped(objects):
    del pod_of(objects)["terminationGracePeriodSeconds"]


@FAULTS.fault(workload_lint.pods_have_time_to_stop, "a request may take 40 s, the shutdown waits 30 s")
def a_shutdown_shorter_than_a_request(objects):
    settings(objects)["XRAY_SHUTDOWN_SECONDS"] = "30"


@FAULTS.fault(workload_lint.references_are_met, "there is no ConfigMap settings")
def a_config_map_that_is_not_there(objects):
    container_of(objects)["envFrom"][0]["configMapRef"]["name"] = "settings"


@FAULTS.fault(workload_lint.references_are_met, "there is no Secret xray-api-keys")
def a_secret_that_nobody_makes(objects):
    the(objects, "ExternalSecret", "xray-api-keys")["spec"]["target"]["name"] = "api-keys"


@FAULTS.fault(workload_lint.references_are_met, "there is no PersistentVolumeClaim training-data", "training")
def a_claim_that_is_not_there(objects):
    objects.remove(the(objects, "PersistentVolumeClaim", "training-data"))


@FAULTS.fault(workload_lint.images_have_a_version, "xray-endpoint:latest has no version")
def the_latest_image(objects):
    container_of(objects)["image"] = "registry.example/xray-endpoint:latest"


@FAULTS.fault(workload_lint.images_have_a_version, "localhost:5000/xray-endpoint has no version")
def an_image_without_a_tag(objects):
    container_of(objects)["image"] = "localhost:5000/xray-endpoint"


@FAULTS.fault(workload_lint.selectors_match_something, "ServiceMonitor xray-endpoint: its selector matches no Service")
def a_monitor_of_nothing(objects):
    the(objects, "ServiceMonitor")["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] = "xray"


@FAULTS.fault(workload_lint.selectors_match_something, "its spread over kubernetes.io/hostname counts other pods")
def a_spread_of_other_pods(objects):
    pod_of(objects)["topologySpreadConstraints"][1]["labelSelector"] = {"matchLabels": {"app": "xray"}}


@pytest.mark.parametrize("kind", ["Deployment", "PodDisruptionBudget", "NetworkPolicy", "Service"])
def test_a_selector_that_matches_nothing_is_found(kind):
    objects = rendered("cpu")
    thing = the(objects, kind, "xray-endpoint")
    selector = thing["spec"].get("podSelector", thing["spec"].get("selector"))
    selector.get("matchLabels", selector)["app.kubernetes.io/name"] = "xray"
    assert f"{kind} xray-endpoint: its selector matches no pod" in workload_lint.selectors_match_something(objects)


@pytest.mark.parametrize(("break_it", "check", "sentence", "name"), FAULTS)
def test_a_planted_fault_is_found(break_it, check, sentence, name):
    objects = rendered(name)
    assert list(check(objects)) == []
    break_it(objects)
    assert any(sentence in found for found in check(objects)), list(check(objects))


def test_every_check_has_a_planted_fault():
    assert FAULTS.checks == set(checks_of(workload_lint))
