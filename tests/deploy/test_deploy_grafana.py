"""The dashboards: from one source, complete, and about metrics that exist (test_deploy_live asks them)."""

import re

import pytest
import yaml

from deployment import GRAFANA, bare, dashboards, load, panels, queries, succeed

DASHBOARDS = dashboards()


def test_dashboards_are_up_to_date(tmp_path, monkeypatch):
    source = load(GRAFANA / "build_dashboards.py")
    monkeypatch.setattr("sys.argv", ["build_dashboards.py", str(tmp_path)])
    source.main()
    made = {path.name: path.read_text() for path in tmp_path.glob("*.json")}
    assert made == {path.name: path.read_text() for path in (GRAFANA / "dashboards").glob("*.json")}, "make -C deploy dashboards"
    assert set(made) == {"service.json", "privacy.json", "fleet.json", "batch.json"}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_says_what_it_shows(name):
    for panel in panels(DASHBOARDS[name]):
        assert panel["title"] and panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"]["uid"] == "prometheus"
        assert panel["type"] == "alertlist" or panel["targets"], panel["title"]
        for target in panel.get("targets", []):
            assert target["legendFormat"] or panel["type"] == "table", panel["title"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_variables_for_instance_and_route_are_there_and_used(name):
    variables = {variable["name"]: variable for variable in DASHBOARDS[name]["templating"]["list"]}
    assert set(variables) == {"instance", "route"}
    assert all(variable["includeAll"] and variable["multi"] for variable in variables.values())
    asked = "".join(target["expr"] for panel in panels(DASHBOARDS[name]) for target in panel.get("targets", []))
    assert "$instance" in asked
    assert "$route" in asked or name != "service"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_overlap(name):
    taken = {}
    for panel in DASHBOARDS[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["id"]) == panel["id"], (panel["title"], taken[x, y])


def test_alerts_are_listed():
    assert any(panel["type"] == "alertlist" for panel in panels(DASHBOARDS["fleet"]))


def test_ids_are_unique():
    assert len({dashboard["uid"] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS)
    for dashboard in DASHBOARDS.values():
        assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_the_batch_dashboard_asks_for_what_batches_count(tmp_path):
    """No batch runs beside the services of test_deploy_live, so its names are read from the source."""
    source = (GRAFANA.parents[1] / "python/src/face_privacy/batch/_metrics.py").read_text()
    asked = [query.replace("$__range", "1h") for _, query in queries(DASHBOARDS["batch"]) if "batch" in query]
    names = set(re.findall(r"face_privacy_batch_(\w+?)_total", "".join(asked)))
    assert names == set(re.findall(r'^[A-Z]+ = "face_privacy_batch_(\w+)"$', source, re.MULTILINE))
    rules = {"groups": [{"name": "asked", "rules": [{"record": f"asked:{n}", "expr": bare(query)} for n, query in enumerate(asked)]}]}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rules))
    succeed("promtool", "check", "rules", tmp_path / "rules.yml")


def test_grafana_is_provisioned_with_what_the_dashboards_ask():
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    assert source["uid"] == "prometheus" and source["url"] == "$FACE_PRIVACY_PROMETHEUS"
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/face-privacy.yml").read_text())["providers"][0]
    dockerfile = (GRAFANA.parent / "docker/grafana/Dockerfile").read_text()
    assert f"COPY deploy/grafana/dashboards/ {provider['options']['path']}/" in dockerfile
    assert "COPY deploy/grafana/provisioning/ /etc/grafana/provisioning/" in dockerfile
