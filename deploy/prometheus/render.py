#!/usr/bin/env python3
"""Fills Prometheus' and Alertmanager's templates for one variant of variants.yml.

    render.py VARIANT FOLDER [NAME=VALUE...]    writes prometheus.yml, site-rules.yml, alertmanager.yml

The templates are Terraform's (${name}); this does what Terraform's templatefile does with the same
names, and refuses a name that it does not know as templatefile would.
"""
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
FILES = {
    "prometheus.template.yml": "prometheus.yml",
    "site-rules.template.yml": "site-rules.yml",
    "alertmanager.template.yml": "alertmanager.yml",
}


def fill(template: str, values: dict) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: str(values[match.group(1)]), template)


def without_leading_comment(text: str) -> str:
    lines = text.splitlines(keepends=True)
    while lines and lines[0].startswith("#"):
        lines.pop(0)
    return "".join(lines)


def render(values: dict) -> dict:
    """The rendered files, by name."""
    made = {}
    for source, name in FILES.items():
        body = without_leading_comment((HERE / source).read_text())
        made[name] = f"# Made by render.py from {source}; do not edit.\n" + fill(body, values)
    return made


def variant(name: str) -> dict:
    return yaml.safe_load((HERE / "variants.yml").read_text())[name]


def main() -> None:
    name, folder, *changes = sys.argv[1:]
    values = variant(name) | dict(change.split("=", 1) for change in changes)
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for file, text in render(values).items():
        (target / file).write_text(text)


if __name__ == "__main__":
    main()
