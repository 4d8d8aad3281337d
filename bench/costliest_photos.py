#!/usr/bin/env python3
"""Prints what the costliest photos that are accepted take: CPU seconds and peak memory of one process each.

    bench/costliest_photos.py [PROGRAM] [--profile balanced] [--megapixels 32]

Each format is given noise, which costs a codec most, and one flat color, of which a file of a few kilobytes
can be as large as the limits let it. Needs nothing but Python's standard library.
"""
import argparse
import os
import pathlib
import struct
import subprocess
import tempfile
import zlib

from process_usage import adopt_orphans, run


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path: pathlib.Path, width: int, height: int, row) -> None:
    packer = zlib.compressobj(1)
    pixels = b"".join(packer.compress(b"\0" + row(y)) for y in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", nargs="?", default="build/release/bin/face-privacy")
    arguments.add_argument("--profile", default="balanced")
    arguments.add_argument("--megapixels", type=int, default=32)
    options = arguments.parse_args()
    adopt_orphans()
    width, height = 6400, options.megapixels * 625 // 4  # exactly twice as wide as high is a panorama
    noise = os.urandom(3 * width + 4096)
    pictures = {
        "noise": lambda y: noise[y * 37 % 4096 : y * 37 % 4096 + 3 * width],
        "flat": lambda y: b"\x80" * (3 * width),
    }
    print(f"| picture, {options.megapixels} MP | read | written | exit | CPU s | peak MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for picture, row in pictures.items():
            source = folder / f"{picture}.png"
            write_png(source, width, height, row)
            sources = {"png": source}
            for format in ("jpeg", "png", "webp", "avif"):
                output = folder / f"{picture}_as.{format}"
                status, seconds, megabytes = run(
                    [options.program, "blur", str(source), "--no-detect", "--format", format, "-o", str(output)],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
                if status == 0:
                    sources[format] = output
                print(f"| {picture} | png | {format} | {status} | {seconds:.1f} | {megabytes:.0f} |", flush=True)
            for format, path in sources.items():
                status, seconds, megabytes = run(
                    [options.program, "detect", str(path), "--profile", options.profile],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
                print(f"| {picture} | {format} | faces, {options.profile} | {status} | {seconds:.1f} | {megabytes:.0f} |", flush=True)
            status, seconds, megabytes = run(
                [options.program, "detect", str(source), "--profile", options.profile, "--projection", "equirectangular"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            print(f"| {picture} | png | as a panorama, {options.profile} | {status} | {seconds:.1f} | {megabytes:.0f} |", flush=True)


if __name__ == "__main__":
    main()
