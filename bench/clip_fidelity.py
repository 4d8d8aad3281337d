#!/usr/bin/python3
"""How much a redacted clip differs from its source where nothing is redacted: PSNR of luma and chroma there, and size.

  bench/clip_fidelity.py CLIP... [--profile fast]

What is redacted is what two renderings by the same tracks differ in that fill with white and with black, and the
blocks of 16 pixels around it. Clips without faces are copied, and equal: `inf`. Needs ffmpeg, and clips of 8 bits
and 4:2:0."""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/bin/face-privacy"
BLOCK = 16
DIFFERENT = 12  # of 255: coding alone does not do it twice the same way


def frames_of(path, size):
    width, height = size
    command = ["ffmpeg", "-nostdin", "-v", "error", "-noautorotate", "-i", path, "-map", "0:v:0", "-vsync", "passthrough", "-f",
               "rawvideo", "-pix_fmt", "yuv420p", "pipe:"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as decoder:
        half = ((width + 1) // 2, (height + 1) // 2)
        while luma := decoder.stdout.read(width * height):
            chroma = decoder.stdout.read(2 * half[0] * half[1])
            yield (numpy.frombuffer(luma, numpy.uint8).reshape(height, width),
                   numpy.frombuffer(chroma, numpy.uint8).reshape(2, half[1], half[0]))


def in_blocks(plane, side):
    """As rows of blocks of `side` samples square; those at the edge are filled up with 0."""
    height, width = plane.shape[-2:]
    padded = numpy.pad(plane, [(0, 0)] * (plane.ndim - 2) + [(0, -height % side), (0, -width % side)])
    return padded.reshape(*plane.shape[:-2], padded.shape[-2] // side, side, padded.shape[-1] // side, side)


def with_neighbors(largest):
    rows, columns = largest.shape
    around = numpy.pad(largest, 1)
    return numpy.max([around[y:y + rows, x:x + columns] for y in range(3) for x in range(3)], axis=0)


def difference(a, b):
    return numpy.maximum(a, b) - numpy.minimum(a, b)


def squares(a, b, side):
    """Of each block, the sum of the squared differences."""
    blocks = in_blocks(difference(a, b), side).astype(numpy.uint32)
    return numpy.einsum("...ijkl,...ijkl->...ik", blocks, blocks)


def psnr(sum_of_squares, samples):
    return 10 * numpy.log10(255 ** 2 * samples / sum_of_squares) if sum_of_squares > 0 else numpy.inf


def measure(clip, profile, folder):
    tracks, out, white, black = (folder / name for name in ("tracks.json", *(f"{kind}{clip.suffix}" for kind in
                                                                             ("out", "white", "black"))))
    with open(tracks, "wb") as file:
        subprocess.run([PROGRAM, "detect", clip, "--profile", profile], stdout=file, check=True)
    blur = [PROGRAM, "blur", clip, "--tracks", tracks]
    done = subprocess.run([*blur, "-o", out, "--json"], stdout=subprocess.PIPE, check=True)
    size = tuple(json.loads(done.stdout)["clip"][side] for side in ("width", "height"))
    for path, color in ((white, "#ffffff"), (black, "#000000")):
        subprocess.run([*blur, "-o", path, "--style", "fill", "--color", color], stdout=subprocess.DEVNULL, check=True)
    sums, samples, area = [0, 0], [0, 0], 0
    for source, made, one, other in zip(*(frames_of(path, size) for path in (clip, out, white, black)), strict=True):
        kept = with_neighbors(in_blocks(difference(one[0], other[0]), BLOCK).max(axis=(-3, -1))) < DIFFERENT
        for plane, side in enumerate((BLOCK, BLOCK // 2)):
            sums[plane] += int(squares(source[plane], made[plane], side)[..., kept].sum())
            samples[plane] += int(in_blocks(numpy.ones_like(source[plane]), side).sum(axis=(-3, -1))[..., kept].sum())
        area += source[0].size
    return samples[0] / area, *map(psnr, sums, samples), out.stat().st_size / clip.stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=pathlib.Path)
    parser.add_argument("--profile", default="fast")
    arguments = parser.parse_args()
    print("| clip | area measured | luma, dB | chroma, dB | size, times the source's |\n|---|---|---|---|---|")
    for clip in arguments.clips:
        with tempfile.TemporaryDirectory() as folder:
            share, luma, chroma, size = measure(clip, arguments.profile, pathlib.Path(folder))
        print(f"| {clip.name} | {100 * share:.0f} % | {luma:.1f} | {chroma:.1f} | {size:.2f} |", flush=True)


if __name__ == "__main__":
    main()
