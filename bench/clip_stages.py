#!/usr/bin/python3
"""Where the time of a clip goes: processor time a frame, stage by stage, as a table.

  bench/clip_stages.py [CLIP...] [--profile fast] [--rounds 3]

Without a clip it makes one: a moving camera over a demo photo, 1920x1080, 100 frames, 8 Mbit/s. Stages
are processor time with one thread; the last columns are of the whole program with one and with two threads, the best of
the rounds. Times are of this machine and what else it does: compare within a run."""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

import process_usage

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/bin/face-privacy"
PHOTO = ROOT / "third_party/node_modules/@vladmandic/face-api/demo/sample4.jpg"


def make_clip(folder):
    clip = folder / "made.mp4"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-loop", "1", "-framerate", "25", "-i", PHOTO, "-t", "4", "-vf",
                    "scale=2200:-2,crop=1920:1080:'min(iw-ow,2*n)':'min(ih-oh,n)',format=yuv420p,setsar=1", "-c:v", "libx264",
                    "-preset", "veryfast", "-b:v", "8M", clip], check=True)
    return clip


def run(clip, out, profile, threads):
    with tempfile.TemporaryFile() as report:
        start = time.monotonic()
        status, seconds, peak = process_usage.run([PROGRAM, "blur", clip, "-o", out, "--json", "--profile", profile, "--threads",
                                                   threads], stdout=report)
        took = time.monotonic() - start
        assert status == 0
        report.seek(0)
        return json.load(report), took, seconds, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=pathlib.Path)
    parser.add_argument("--profile", default="fast")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    process_usage.adopt_orphans()
    print(f"{os.cpu_count()} cores, profile {arguments.profile}, ms a frame")
    print("| clip | decode twice | shrink | detect | redact | encode | write | CPU, 1 thread | clock, 1 thread "
          "| clock, 2 threads |\n|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        peak = 0
        for clip in arguments.clips or [make_clip(folder)]:
            one = [run(clip, folder / f"out{clip.suffix}", arguments.profile, 1) for _ in range(arguments.rounds)]
            two = [run(clip, folder / f"out{clip.suffix}", arguments.profile, 2) for _ in range(arguments.rounds)]
            report, _, cpu, _ = min(one, key=lambda entry: entry[2])
            peak = max([peak, *(entry[3] for entry in one + two)])
            frames = report["clip"]["frames"]
            stages, looking = report["timings_ms"], report["timings_ms"]["analysis"]
            columns = [stages["decode"] + looking["decode"], looking["shrink"], looking["detect"], stages["redact"],
                       stages["encode"], stages["write"], 1000 * cpu, 1000 * min(entry[1] for entry in one),
                       1000 * min(entry[1] for entry in two)]
            print(f"| {clip.name}, {report['clip']['width']}x{report['clip']['height']} | "
                  + " | ".join(f"{column / frames:.1f}" for column in columns) + " |")
    print(f"\nlargest resident set: {peak:.0f} MB")


if __name__ == "__main__":
    main()
