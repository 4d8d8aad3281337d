"""Prometheus' and Alertmanager's files: valid, up to date, tested, documented."""

import re

import pytest
import yaml

from deployment import (COMPOSE, GRAFANA, MADE_BY_PROMETHEUS, PROMETHEUS, ROOT, TERRAFORM, all_queries, call, load,
                        metric_names, rules, succeed, template_values)

RENDER = load(PROMETHEUS / "render.py")


def documented_metrics():
    """Every name that a query may use, from the page that is held against the real /metrics."""
    names = set()
    for line in (ROOT / "docs/metrics.md").read_text().splitlines():
        match = re.match(r"\| `(\w+)` \| (counter|gauge|histogram)", line)
        if match:
            name, kind = match.groups()
            names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    assert len(names) > 40
    return names


def anchors(path):
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(params=["compose", "aws"])
def rendered(request, tmp_path):
    """The configuration as it is in one variant, with its rules where it looks for them."""
    values = RENDER.variant("compose") if request.param == "compose" else template_values()
    values |= {"rules_folder": tmp_path / "rules", "templates_folder": PROMETHEUS / "templates"}
    for name, text in RENDER.render(values).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "rules").mkdir()
    for rule_file in [*(PROMETHEUS / "rules").glob("*.yml"), tmp_path / "site-rules.yml"]:
        (tmp_path / "rules" / rule_file.name).write_text(rule_file.read_text())
    return tmp_path


def test_promtool_accepts_configuration_and_rules(rendered):
    out = succeed("promtool", "check", "config", rendered / "prometheus.yml")
    assert "5 rule files found" in out


def test_amtool_accepts_the_configuration(rendered):
    out = succeed("amtool", "check-config", rendered / "alertmanager.yml")
    assert "1 templates" in out


@pytest.mark.parametrize("labels, receiver", [
    ("alertname=FacePrivacyAbsent severity=critical", "people"),
    ("alertname=FacePrivacyVersionsDiffer severity=info", "people"),
    ("alertname=Watchdog severity=none", "nobody"),
])
def test_alerts_go_where_they_should(rendered, labels, receiver):
    out = succeed("amtool", "config", "routes", "test", f"--config.file={rendered}/alertmanager.yml", *labels.split())
    assert out.strip() == receiver


def test_a_message_says_what_where_and_what_to_do(tmp_path):
    data = tmp_path / "data.json"
    data.write_text("""{"status": "firing", "commonLabels": {"alertname": "A", "environment": "staging"}, "alerts": [
        {"status": "firing", "startsAt": "2024-01-02T03:04:05Z",
         "annotations": {"summary": "S", "description": "D", "runbook": "docs/runbook.md#a"}}]}""")
    template = PROMETHEUS / "templates/face-privacy.tmpl"
    text = '{{ template "face_privacy.subject" . }}|{{ template "face_privacy.message" . }}'
    out = succeed("amtool", "template", "render", f"--template.glob={template}", f"--template.data={data}",
                  f"--template.text={text}")
    assert out.split("|")[0] == "[firing] A (staging, 1)"
    assert "firing: S\nD\nsince 2024-01-02 03:04:05 UTC, see docs/runbook.md#a" in out


def test_every_alert_fires_on_its_fault_and_none_on_an_ordinary_day():
    out = succeed("promtool", "test", "rules", *sorted((PROMETHEUS / "tests").glob("*.yml")))
    assert out.count("SUCCESS") == 3


def test_every_alert_is_in_both_unit_tests():
    firing = "".join(path.read_text() for path in (PROMETHEUS / "tests").glob("firing*.yml"))
    quiet = (PROMETHEUS / "tests/quiet.yml").read_text()
    for rule in rules("alert"):
        assert f'alertname="{rule["alert"]}"' in firing
        assert rule["alert"] == "Watchdog" or f'alertname: {rule["alert"]},' in quiet


def test_promtool_test_sees_a_broken_rule(tmp_path):
    """That the unit tests can fail at all."""
    for folder in ("rules", "tests"):
        (tmp_path / "prometheus" / folder).mkdir(parents=True)
        for path in (PROMETHEUS / folder).glob("*.yml"):
            text = path.read_text().replace("process_resident_memory_bytes{job", "process_virtual_memory_bytes{job") \
                if folder == "rules" else path.read_text()
            (tmp_path / "prometheus" / folder / path.name).write_text(text)
    (tmp_path / "compose/generated").mkdir(parents=True)
    (tmp_path / "compose/generated/site-rules.yml").write_text((COMPOSE / "generated/site-rules.yml").read_text())
    done = call("promtool", "test", "rules", tmp_path / "prometheus/tests/firing.yml")
    assert done.returncode != 0 and "FacePrivacyMemoryHigh" in done.stdout + done.stderr


def test_every_alert_explains_itself():
    known = anchors(ROOT / "docs/runbook.md")
    for rule in rules("alert"):
        notes = rule["annotations"]
        assert len(notes["summary"]) > 10 and len(notes["description"]) > 20
        page, anchor = notes["runbook"].split("#")
        assert page == "docs/runbook.md" and anchor == rule["alert"].lower() and anchor in known, rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning", "info", "none"}


def test_every_cloudwatch_alarm_has_a_section_too():
    text = (TERRAFORM / "modules/monitoring/main.tf").read_text()
    linked = re.findall(r"docs/runbook\.md#([\w-]+)", text)
    assert len(linked) == text.count('resource "aws_cloudwatch_metric_alarm"')
    assert set(linked) <= anchors(ROOT / "docs/runbook.md")


def test_every_metric_that_is_asked_for_is_documented():
    known = documented_metrics() | {rule["record"] for rule in rules("record")}
    unknown = {
        (where, name) for where, query in all_queries() for name in metric_names(query)
        if name not in known and not MADE_BY_PROMETHEUS.match(name)
    }
    assert not unknown


def test_every_recorded_series_is_used():
    text = "".join(path.read_text() for path in [*(PROMETHEUS / "rules").glob("*.yml"), *(GRAFANA / "dashboards").glob("*.json")])
    for rule in rules("record"):
        assert len(re.findall(rf"\b{re.escape(rule['record'])}\b", text)) >= 1 + (not rule["record"].startswith("face_privacy_site:")), rule["record"]


def test_generated_files_are_up_to_date():
    for name, text in RENDER.render(RENDER.variant("compose")).items():
        assert (COMPOSE / "generated" / name).read_text() == text, "make -C deploy prometheus-config"


def test_replicas_are_scraped_one_by_one(rendered):
    config = yaml.safe_load((rendered / "prometheus.yml").read_text())
    job = next(job for job in config["scrape_configs"] if job["job_name"] == "face-privacy")
    assert job["dns_sd_configs"][0]["type"] == "A" and "static_configs" not in job
