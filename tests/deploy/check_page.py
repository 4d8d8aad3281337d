"""check_page.py PAGE KUBERNETES_VERSION RAYJOB_CRD: holds the YAML of a page of docs/ against Kubernetes' own schemas and KubeRay's.

Run by scripts/verify with kubernetes-validate from PyPI.
"""

import re
import sys

import jsonschema
import kubernetes_validate
import yaml

from manifest_schemas import closed, spec_of

page, version, rayjob = sys.argv[1:]
with open(page) as file:
    blocks = re.findall(r"(?:^    .*\n|^\n)+", file.read(), re.MULTILINE)
objects = [yaml.safe_load(block) for block in blocks if block.lstrip().startswith("apiVersion:")]
assert {thing["kind"] for thing in objects} == {"Job", "RayJob"}
for thing in objects:
    if thing["kind"] == "RayJob":
        jsonschema.Draft202012Validator(closed(spec_of(rayjob, "v1"))).validate(thing["spec"])
    else:
        kubernetes_validate.validate(thing, version, strict=True)
print(f"{len(objects)} objects, ok")
