"""Each check of traffic is shown to find what it is for: the good manifests with one thing broken."""

import pytest
import traffic_lint
from planting import Faults, checks_of, container_of, first_backend, policy_of, settings, the
from rendering import rendered

FAULTS = Faults()


@FAULTS.fault(traffic_lint.probes_ask_ports_that_exist, "readinessProbe asks port health, which no container has")
def a_probe_of_a_port_that_is_not_there(objects):
    container_of(objects)["readinessProbe"]["httpGet"]["port"] = "health"


@FAULTS.fault(
    traffic_lint.services_target_ports_that_exist, "Service xray-endpoint: Deployment xray-endpoint has no port http"
)
def a_service_of_a_port_that_is_not_there(objects):
    the(objects, "Service")["spec"]["ports"][0]["targetPort"] = "http"


@FAULTS.fault(traffic_lint.services_target_ports_that_exist, "InferenceService chest-xray has no port 8000", "kserve")
def a_service_of_triton_s_own_port(objects):
    the(objects, "Service", "chest-xray-triton")["spec"]["ports"][0]["targetPort"] = 8000


@FAULTS.fault(
    traffic_lint.ingresses_lead_to_ports_that_exist, "there is no Service xray-endpoint with port {'name': 'https'}"
)
def an_ingress_to_a_port_that_is_not_there(objects):
    first_backend(objects)["port"] = {"name": "https"}


@FAULTS.fault(traffic_lint.ingresses_lead_to_ports_that_exist, "there is no Service endpoint with port")
def an_ingress_to_a_service_that_is_not_there(objects):
    first_backend(objects)["name"] = "endpoint"


@FAULTS.fault(traffic_lint.monitors_read_ports_that_exist, "no Service that it selects has a port metrics")
def a_monitor_of_a_port_that_is_not_there(objects):
    the(objects, "ServiceMonitor")["spec"]["endpoints"][0]["port"] = "metrics"


@FAULTS.fault(traffic_lint.only_the_public_port_is_public, "port {'name': 'ops'} is not the public one")
def an_ingress_to_the_operations_port(objects):
    first_backend(objects)["port"] = {"name": "ops"}


@FAULTS.fault(
    traffic_lint.only_the_public_port_is_public,
    "HTTPRoute xray-endpoint: port {'number': 9090} is not the public one",
    "gateway",
)
def a_route_to_the_operations_port(objects):
    the(objects, "HTTPRoute")["spec"]["rules"][0]["backendRefs"][0]["port"] = 9090


@FAULTS.fault(
    traffic_lint.ingresses_lead_to_ports_that_exist,
    "there is no Service xray-endpoint with port {'number': 80}",
    "gateway",
)
def a_route_to_a_port_that_is_not_there(objects):
    the(objects, "HTTPRoute")["spec"]["rules"][0]["backendRefs"][0]["port"] = 80


@FAULTS.fault(traffic_lint.namespaces_deny_by_default, "Namespace xray: no policy closes Egress for every pod")
def no_default_for_egress(objects):
    policy_of(objects, "default-deny")["policyTypes"] = ["Ingress"]


@FAULTS.fault(traffic_lint.policies_let_the_needed_in, "no policy lets anyone reach port 9090")
def a_policy_that_cuts_off_the_probes(objects):
    del policy_of(objects)["ingress"][1]


@FAULTS.fault(
    traffic_lint.policies_let_the_needed_in, "reach port 8080, which Service chest-xray-triton needs", "kserve"
)
def a_policy_that_cuts_off_triton(objects):
    objects.remove(the(objects, "NetworkPolicy", "chest-xray-predictor"))


@FAULTS.fault(traffic_lint.policies_let_names_be_asked, "no policy lets it reach DNS, UDP port 53")
def a_policy_that_cuts_off_dns(objects):
    policy_of(objects)["egress"] = []


@FAULTS.fault(traffic_lint.policies_let_names_be_asked, "no policy lets it reach DNS, TCP port 53", "training")
def a_policy_that_cuts_off_long_answers_of_dns(objects):
    policy_of(objects, "training")["egress"][1]["ports"].pop()


@FAULTS.fault(
    traffic_lint.policies_name_ports_that_exist,
    "NetworkPolicy xray-endpoint: opens port 80, which none of its pods has",
)
def a_policy_for_the_port_of_the_service(objects):
    policy_of(objects)["ingress"][0]["ports"][0]["port"] = 80


@FAULTS.fault(traffic_lint.policies_name_ports_that_exist, "a rule is for pods that do not exist", "kserve")
def a_policy_for_pods_that_are_not_there(objects):
    rule = policy_of(objects, "xray-endpoint-to-predictor")["egress"][0]
    rule["to"][0]["podSelector"]["matchLabels"] = {"app": "triton"}


@FAULTS.fault(traffic_lint.backends_are_reachable, "there is no Service chest-xray-predictor with port 8080", "kserve")
def a_backend_that_is_not_there(objects):
    settings(objects)["XRAY_BACKEND"] = "oip://chest-xray-predictor:8080/chest_xray"


@FAULTS.fault(
    traffic_lint.backends_are_reachable, "no policy lets it reach InferenceService chest-xray on port 8080", "kserve"
)
def a_policy_that_cuts_off_the_backend(objects):
    objects.remove(the(objects, "NetworkPolicy", "xray-endpoint-to-predictor"))


@FAULTS.fault(traffic_lint.ingress_is_wider_than_the_server, "proxy-body-size 1m is not over XRAY_MAX_BODY_MB")
def an_ingress_of_one_megabyte(objects):
    the(objects, "Ingress")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"] = "1m"


@FAULTS.fault(
    traffic_lint.ingress_is_wider_than_the_server, "proxy-read-timeout 30 is not over the server's own limits"
)
def an_ingress_that_gives_up_first(objects):
    the(objects, "Ingress")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-read-timeout"] = "30"


@FAULTS.fault(traffic_lint.ingress_is_wider_than_the_server, "it has no tls")
def an_ingress_without_tls(objects):
    del the(objects, "Ingress")["spec"]["tls"]


def annotations(objects):
    return the(objects, "Ingress")["metadata"]["annotations"]


@FAULTS.fault(traffic_lint.ingress_holds_no_film, "proxy-request-buffering is not off")
def an_ingress_that_holds_bodies_back(objects):
    del annotations(objects)["nginx.ingress.kubernetes.io/proxy-request-buffering"]


@FAULTS.fault(traffic_lint.ingress_holds_no_film, "client-body-buffer-size is not at most 1024k")
def an_ingress_whose_buffer_takes_a_film(objects):
    annotations(objects)["nginx.ingress.kubernetes.io/client-body-buffer-size"] = "72m"


@FAULTS.fault(traffic_lint.ingress_holds_no_film, "proxy-buffering is not off")
def an_ingress_that_buffers_answers(objects):
    annotations(objects)["nginx.ingress.kubernetes.io/proxy-buffering"] = "on"


@FAULTS.fault(traffic_lint.ingress_limits_each_address, "there is no limit-connections")
def an_ingress_without_a_limit_on_connections(objects):
    del annotations(objects)["nginx.ingress.kubernetes.io/limit-connections"]


@FAULTS.fault(traffic_lint.ingress_limits_each_address, "limit-rps 30 is under the 40 that one client may have")
def an_ingress_that_refuses_what_the_server_would_take(objects):
    annotations(objects)["nginx.ingress.kubernetes.io/limit-rps"] = "30"


@FAULTS.fault(traffic_lint.gateways_are_limited, "no policy sets rateLimit.local.rules", "gateway")
def a_gateway_without_a_rate(objects):
    del the(objects, "BackendTrafficPolicy")["spec"]["rateLimit"]


@FAULTS.fault(traffic_lint.gateways_are_limited, "no policy sets connection.connectionLimit.value", "gateway")
def a_gateway_without_a_limit_on_connections(objects):
    objects.remove(the(objects, "ClientTrafficPolicy"))


@FAULTS.fault(traffic_lint.gateways_are_limited, "requestBuffer holds bodies back", "gateway")
def a_gateway_that_holds_bodies_back(objects):
    the(objects, "BackendTrafficPolicy")["spec"]["requestBuffer"] = {"limit": "72Mi"}


@FAULTS.fault(traffic_lint.no_film_is_sent_twice, "HTTPRoute xray-endpoint: retry repeats a request", "gateway")
def a_route_that_repeats(objects):
    the(objects, "HTTPRoute")["spec"]["rules"][0]["retry"] = {"codes": [502], "attempts": 2}


@FAULTS.fault(traffic_lint.no_film_is_sent_twice, "proxy-next-upstream repeats a POST that a pod has read")
def an_ingress_that_sends_a_film_to_the_next_pod(objects):
    annotations = the(objects, "Ingress")["metadata"]["annotations"]
    annotations["nginx.ingress.kubernetes.io/proxy-next-upstream"] = "error http_503 non_idempotent"


@FAULTS.fault(traffic_lint.no_film_is_sent_twice, "retry on reset repeats a request that a pod has read", "gateway")
def a_gateway_that_repeats_what_broke_off(objects):
    the(objects, "BackendTrafficPolicy")["spec"]["retry"]["retryOn"]["triggers"].append("reset")


@FAULTS.fault(traffic_lint.no_film_is_sent_twice, "retry on 503 repeats a request that a pod has read", "gateway")
def a_gateway_that_repeats_what_was_refused(objects):
    the(objects, "BackendTrafficPolicy")["spec"]["retry"]["retryOn"]["httpStatusCodes"] = [503]


@pytest.mark.parametrize(("break_it", "check", "sentence", "name"), FAULTS)
def test_a_planted_fault_is_found(break_it, check, sentence, name):
    objects = rendered(name)
    assert list(check(objects)) == []
    break_it(objects)
    assert any(sentence in found for found in check(objects)), list(check(objects))


def test_every_check_has_a_planted_fault():
    assert FAULTS.checks == set(checks_of(traffic_lint))
