"""The dashboard reaches Grafana, and it and the alerts ask only for metrics that the server gives."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from cluster import of_kind
from rendering import MANIFESTS, rendered

DASHBOARD = MANIFESTS / "base" / "dashboard.json"
METRICS = MANIFESTS.parent / "server" / "records" / "metrics.py"
PANELS = [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]


def asked(text):
    """Names of our metrics; a histogram's series end on _bucket, _sum or _count."""
    return {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"\bxray_\w+", text)}


def given():
    return asked(METRICS.read_text())


def test_every_metric_of_the_dashboard_is_one_that_the_server_gives():
    assert asked("\n".join(EXPRESSIONS)) <= given()


@pytest.mark.parametrize(
    "file", ["base/prometheusrule.yaml", "base/horizontalpodautoscaler.yaml", "prometheus-adapter.yaml"]
)
def test_every_metric_of_the_rules_and_of_the_autoscaler_is_one_that_the_server_gives(file):
    # A comment may name a metric too, and then has to be right as well.
    names = asked((MANIFESTS / file).read_text())
    assert names
    assert names <= given()


def test_the_dashboard_shows_every_metric_that_the_server_gives():
    assert given() <= asked("\n".join(EXPRESSIONS))


def test_every_expression_is_one_that_prometheus_can_parse(tmp_path):
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed: on Debian, apt-get install prometheus")
    filled = [text.replace("$__rate_interval", "5m").replace("$namespace", "xray") for text in EXPRESSIONS]
    rules = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(filled)]
    (tmp_path / "panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    command = ["promtool", "check", "rules", "--lint=none", tmp_path / "panels.yaml"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_panels_have_titles_of_their_own_descriptions_and_places_that_do_not_overlap():
    titles = [panel["title"] for panel in PANELS]
    assert len(set(titles)) == len(titles) > 15
    assert all(panel["description"] for panel in PANELS)
    squares = set()
    for panel in PANELS:
        place = panel["gridPos"]
        columns, rows = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        taken = {(x, y) for x in columns for y in rows}
        assert place["x"] + place["w"] <= 24
        assert not taken & squares, panel["title"]
        squares |= taken


def test_every_panel_asks_the_data_source_and_namespace_that_were_chosen():
    for panel in PANELS:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for target in panel["targets"]:
            assert 'namespace="$namespace"' in target["expr"]


def test_grafana_finds_the_dashboard_in_a_config_map_with_its_label():
    (found,) = [t for t in of_kind(rendered("cpu"), "ConfigMap") if t["metadata"]["name"] == "xray-dashboard"]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"]["xray.json"])["uid"] == "xray-endpoint"
