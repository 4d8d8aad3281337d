"""What the tests of deploy/ share: where things are, and small readers of its files."""

import importlib.util
import json
import pathlib
import re
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TERRAFORM = DEPLOY / "terraform"
PROMETHEUS = DEPLOY / "prometheus"
GRAFANA = DEPLOY / "grafana"
COMPOSE = DEPLOY / "compose"


def load(path):
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(*command, **more):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, **more)


def succeed(*command, **more):
    done = call(*command, **more)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def rules(kind):
    """All rules with the key `kind`, record or alert, of the shipped files."""
    found = []
    for path in [*sorted((PROMETHEUS / "rules").glob("*.yml")), COMPOSE / "generated/site-rules.yml"]:
        for group in yaml.safe_load(path.read_text())["groups"]:
            found += [rule for rule in group["rules"] if kind in rule]
    return found


def dashboards():
    return {path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))}


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard):
    """(panel title, PromQL) of every query: panels, variables, annotations."""
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]


def bare(query):
    """A dashboard's query as Grafana would send it with everything selected."""
    return query.replace("$instance", ".*").replace("$route", ".*").replace("$__rate_interval", "1m")


# Functions, keywords, aggregations and the like are followed by "(" or are in this list; names in
# braces, brackets and quotes are labels and values.
KEYWORDS = {"by", "on", "ignoring", "without", "group_left", "group_right", "and", "or", "unless", "offset", "bool"}


def metric_names(query):
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)
    text = re.sub(r"\{[^}]*\}", "", text)
    text = re.sub(r"\[[^\]]*\]", "", text)
    text = re.sub(r"\b(by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)", "", text)
    text = re.sub(r"\boffset\s+\w+", "", text)
    names = set()
    for match in re.finditer(r"[A-Za-z_:][A-Za-z0-9_:]*", text):
        before = text[match.start() - 1] if match.start() else " "
        if before.isdigit() or before == "." or text[match.end():].lstrip().startswith("("):
            continue
        if match.group() not in KEYWORDS:
            names.add(match.group())
    return names


# What Prometheus makes itself, and what Prometheus says of itself.
MADE_BY_PROMETHEUS = re.compile(r"^(up|ALERTS|scrape_duration_seconds|prometheus_\w+)$")


def all_queries():
    """(where, PromQL) of everything that is ever asked."""
    for kind in ("record", "alert"):
        for rule in rules(kind):
            yield rule[kind], rule["expr"]
    for name, dashboard in dashboards().items():
        for title, query in queries(dashboard):
            yield f"{name}: {title}", bare(query)


def template_values():
    """Stand-ins for what Terraform knows when it fills the templates."""
    return {
        "environment": "staging",
        "scrape_interval": "15s",
        "evaluation_interval": "15s",
        "scrape_timeout": "10s",
        "service_discovery": 'dns_sd_configs: [{"names":["service.face-privacy-staging.internal"],"port":9464,"refresh_interval":"10s","type":"A"}]',
        "rules_folder": "/etc/prometheus/rules",
        "prometheus_target": "127.0.0.1:9090",
        "alertmanager_target": "127.0.0.1:9093",
        "memory_limit_bytes": 4294967296,
        "latency_p95_seconds": 1,
        "receiver": "sns_configs: " + json.dumps([{
            "message": '{{ template "face_privacy.message" . }}',
            "send_resolved": True,
            "sigv4": {"region": "xx-north-1"},
            "subject": '{{ template "face_privacy.subject" . }}',
            "topic_arn": "arn:aws:sns:xx-north-1:123456789012:alerts",
        }], separators=(",", ":")),
        "templates_folder": "/etc/alertmanager/templates",
        "volume_id": "vol-0123456789abcdef0",
        "prometheus_image": "docker.io/prom/prometheus:v3.5.0",
        "alertmanager_image": "docker.io/prom/alertmanager:v0.28.1",
        "retention_days": 60,
        "retention_size_gb": 16,
        "external_url": "http://prometheus.example.org:9090",
    }


def cloud_init():
    """What Terraform's module prometheus_config makes, made here."""
    fill = load(PROMETHEUS / "render.py").fill
    module = TERRAFORM / "modules/prometheus_config/files"
    files = []
    for entry in yaml.safe_load((module / "manifest.yml").read_text()):
        content = (DEPLOY / entry["source"]).read_text()
        files.append({
            "content": fill(content, template_values()) if entry.get("template") else content,
            "path": entry["path"],
            "permissions": "0755" if entry.get("executable") else "0644",
        })
    # Terraform writes these three as escapes in JSON.
    text = json.dumps(files, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return fill((module / "cloud-init.yml").read_text(), {"files": text})
