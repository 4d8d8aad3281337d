"""The wheel carries a program, which scripts/wheel lays into src/face_privacy/program: it is of one platform, for any Python.
The platform is the glibc that it was built with; scripts/wheel has auditwheel say whether that is true."""

from __future__ import annotations

import platform
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Carry(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        glibc = platform.libc_ver()[1].replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-manylinux_{glibc}_{platform.machine()}"
