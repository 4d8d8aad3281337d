"""check_manifests.py KUBERNETES_VERSION SERVICEMONITOR_CRD FILE: holds each object of a rendered chart against
Kubernetes' own schema, without room for unknown fields, and checks what binds the objects together.

Run by scripts/verify with kubernetes-validate from PyPI.
"""

import sys

import jsonschema
import kubernetes_validate
import yaml

from manifest_schemas import closed, spec_of

version, monitor, rendered = sys.argv[1:]
with open(rendered) as file:
    objects = [thing for thing in yaml.safe_load_all(file) if thing]


def of(kind):
    return [thing for thing in objects if thing["kind"] == kind]


names = [(thing["kind"], thing["metadata"]["name"]) for thing in objects]
assert len(set(names)) == len(names), names
for thing in objects:
    group, _, api = thing["apiVersion"].rpartition("/")
    if group == "monitoring.coreos.com":
        jsonschema.Draft202012Validator(closed(spec_of(monitor, api))).validate(thing["spec"])
    else:
        kubernetes_validate.validate(thing, version, strict=True)

deployment, = of("Deployment")
pod = deployment["spec"]["template"]
container, = pod["spec"]["containers"]
ports = {port["name"] for port in container["ports"]}
labels = pod["metadata"]["labels"]
assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
for service in of("Service"):
    assert service["spec"]["selector"].items() <= labels.items()
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
for budget in of("PodDisruptionBudget") + of("NetworkPolicy"):
    selector = budget["spec"].get("selector") or budget["spec"]["podSelector"]
    assert selector["matchLabels"].items() <= labels.items()
for scaler in of("HorizontalPodAutoscaler"):
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"]
for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
    assert container[probe]["httpGet"]["port"] in ports
for ingress in of("Ingress"):
    backends = {path["backend"]["service"]["name"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]}
    assert backends <= {service["metadata"]["name"] for service in of("Service")}
metrics = [service for service in of("Service") if service["metadata"]["labels"].get("app.kubernetes.io/component") == "metrics"]
for watch in of("ServiceMonitor"):
    assert any(watch["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items() for service in metrics)
    assert metrics[0]["metadata"]["labels"][watch["spec"]["jobLabel"]] == "face-privacy"

security = container["securityContext"]
assert security == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
assert pod["spec"]["securityContext"]["runAsNonRoot"] and pod["spec"]["automountServiceAccountToken"] is False
environment = {variable["name"]: variable.get("value") for variable in container["env"]}
assert len(environment) == len(container["env"]), "a variable is given twice"
assert int(environment["FACE_PRIVACY_THREADS"]) >= 1
grace = pod["spec"]["terminationGracePeriodSeconds"]
stop = container.get("lifecycle", {}).get("preStop", {"exec": {"command": ["sleep", "0"]}})["exec"]["command"]
assert grace > int(stop[1]) + int(environment["FACE_PRIVACY_DRAIN_TIMEOUT"])
print(f"{len(objects)} objects, ok")
