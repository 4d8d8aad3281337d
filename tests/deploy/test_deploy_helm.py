"""The Helm chart as far as it can be read without Helm: `make verify` has Helm render it and Kubernetes' schemas
judge it."""

import json
import re

import yaml

from deployment import DEPLOY

CHART = DEPLOY / "helm/face-privacy"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
TEMPLATES = {path.name: path.read_text() for path in (CHART / "templates").iterdir()}
DOCKERFILE = (DEPLOY / "docker/service/Dockerfile").read_text()


def paths(value, prefix=()):
    """Every setting's path, as far as the chart and not the user decides what is in it."""
    open_ended = {"environment", "resources", "podAnnotations", "podLabels", "nodeSelector", "affinity", "annotations", "labels"}
    if isinstance(value, dict) and not (prefix and prefix[-1] in open_ended):
        for key, inside in value.items():
            yield from paths(inside, (*prefix, key))
    else:
        yield prefix


def test_the_schema_knows_each_value_and_no_other():
    def schema_of(path):
        found = SCHEMA
        for key in path:
            found = found["properties"][key]
        return found
    for path in paths(VALUES):
        assert schema_of(path), path
    assert set(SCHEMA["properties"]) - {"global"} == set(VALUES)


def test_each_value_is_used():
    everything = "".join(TEMPLATES.values())
    for path in paths(VALUES):
        assert f".Values.{'.'.join(path)}" in everything or f".Values.{path[0]}" in everything, path
    used = set(re.findall(r"\.Values\.([\w.]+)", everything))
    known = {".".join(path) for path in paths(VALUES)}
    for name in used:
        assert name in known or any(path.startswith(f"{name}.") for path in known) or name.startswith("resources"), name


def test_the_pod_is_what_the_image_is_made_for():
    user, group = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)[-1]
    deployment = TEMPLATES["deployment.yaml"]
    assert f"runAsUser: {user}\n" in deployment and f"runAsGroup: {group}\n" in deployment
    port, metrics = re.search(r"^EXPOSE (\d+) (\d+)$", DOCKERFILE, re.MULTILINE).groups()
    assert f"containerPort: {port} " in deployment and f"containerPort: {metrics} " in deployment
    assert "readOnlyRootFilesystem: true" in deployment and "capabilities: { drop: [ALL] }" in deployment


def test_no_secret_is_made_of_values():
    assert not any(re.search(r"^kind: Secret$", text, re.MULTILINE) for text in TEMPLATES.values())
