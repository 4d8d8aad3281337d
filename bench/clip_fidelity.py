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


def by_block(difference):
    """The largest of each block and of those around it."""
    height, width = difference.shape
    padded = numpy.pad(difference, ((0, -height % BLOCK), (0, -width % BLOCK)))
    rows, columns = padded.shape[0] // BLOCK, padded.shape[1] // BLOCK
    largest = padded.reshape(rows, BLOCK, columns, BLOCK).max(axis=(1, 3))
    around = numpy.pad(largest, 1)
    around = numpy.max([around[y:y + rows, x:x + columns] for y in range(3) for x in range(3)], axis=0)
    return around.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)[:height, :width]


def squares(a, b, mask):
    return float(((a.astype(numpy.int32) - b)[mask] ** 2).sum())


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
    sums, samples, area = [0.0, 0.0], [0, 0], 0
    for source, made, one, other in zip(*(frames_of(path, size) for path in (clip, out, white, black)), strict=True):
        kept = by_block(numpy.abs(one[0].astype(numpy.int16) - other[0])) < DIFFERENT
        masks = kept, numpy.broadcast_to(kept[::2, ::2], source[1].shape)
        for plane, mask in enumerate(masks):
            sums[plane] += squares(source[plane], made[plane], mask)
            samples[plane] += int(mask.sum())
        area += kept.size
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
