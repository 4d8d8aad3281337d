"""Schemas of kinds that are not Kubernetes' own, from their definitions."""

import yaml


def spec_of(definition_file, version):
    """The schema of `spec`, as the definition in that file has it."""
    with open(definition_file) as file:
        versions = yaml.safe_load(file)["spec"]["versions"]
    schema = next(one["schema"]["openAPIV3Schema"] for one in versions if one["name"] == version)
    return schema["properties"]["spec"]


def closed(schema):
    """The schema without room for fields that it does not name."""
    if isinstance(schema, dict):
        made = {key: closed(value) for key, value in schema.items()}
        if "properties" in made and not made.get("x-kubernetes-preserve-unknown-fields"):
            made.setdefault("additionalProperties", False)
        return made
    return [closed(value) for value in schema] if isinstance(schema, list) else schema
