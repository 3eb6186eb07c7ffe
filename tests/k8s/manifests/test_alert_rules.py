"""The alerts of the PrometheusRule, by promtool: each fires and each keeps quiet."""

import shutil
import subprocess
from collections import defaultdict

import pytest
import yaml
from rendering import MANIFESTS

RULE = MANIFESTS / "base" / "prometheusrule.yaml"
CASES = MANIFESTS / "alerts_test.yaml"
RUNBOOKS = MANIFESTS.parent / "README.md"
GROUPS = yaml.safe_load(RULE.read_text())["spec"]["groups"]
ALERTS = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}


@pytest.fixture
def promtool(tmp_path):
    """Run promtool in a folder that has the rules as Prometheus loads them, and the cases."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed: on Debian, apt-get install prometheus")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": GROUPS}))
    (tmp_path / CASES.name).write_text(CASES.read_text())

    def run(*arguments):
        command = ["promtool", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_prometheus_takes_the_rules(promtool):
    result = promtool("check", "rules", "rules.yaml")
    assert result.returncode == 0, result.stderr
    assert f"{len(ALERTS)} rules found" in result.stdout


def test_every_case_of_the_alerts_holds(promtool):
    result = promtool("test", "rules", CASES.name)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_threshold_that_is_moved_breaks_a_case(promtool, tmp_path):
    rules = (tmp_path / "rules.yaml").read_text()
    assert "> 0.25" in rules
    (tmp_path / "rules.yaml").write_text(rules.replace("> 0.25", "> 2.5"))
    result = promtool("test", "rules", CASES.name)
    assert result.returncode == 1
    assert "XrayDrift fires" in result.stdout + result.stderr


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not():
    outcomes = defaultdict(set)
    for case in yaml.safe_load(CASES.read_text())["tests"]:
        for question in case["alert_rule_test"]:
            outcomes[question["alertname"]].add(bool(question["exp_alerts"]))
    assert outcomes == {alert: {True, False} for alert in ALERTS}


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_says_how_bad_it_is_what_it_means_and_where_to_read_on(alert):
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    page, anchor = rule["annotations"]["runbook"].split("#")
    assert page == "k8s/README.md"
    assert anchor == alert.lower()


@pytest.mark.parametrize("alert", ALERTS)
def test_the_runbook_of_every_alert_is_a_section_of_the_readme(alert):
    if not RUNBOOKS.is_file():
        pytest.skip("k8s/README.md is not in this copy")
    headings = [line.lstrip("#").strip() for line in RUNBOOKS.read_text().splitlines() if line.startswith("#")]
    assert alert in headings
