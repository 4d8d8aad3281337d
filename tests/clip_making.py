"""A small clip of people, made with ffmpeg."""

import subprocess

from running_service import DEMO


def make_clip(path, seconds=1, size="480x340", photo=DEMO / "sample3.jpg", codec=("-c:v", "libx264", "-preset", "ultrafast"),
              rate=25, faces=True):
    """Three faces under a slowly moving camera, and a tone; or grass."""
    width, height = size.split("x")
    if faces:
        picture = ["-loop", "1", "-framerate", str(rate), "-i", str(photo)]
        camera = f"scale={int(width) + 40}:-2,crop={width}:{height}:'min(iw-ow,n)':0,format=yuv420p"
    else:
        picture = ["-f", "lavfi", "-i", f"color=0x5a8c3c:size={size}:rate={rate}"]
        camera = "format=yuv420p"
    done = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", *picture, "-f", "lavfi", "-i", "sine=440:sample_rate=48000",
         "-t", str(seconds), "-filter:v", camera, *codec, "-c:a", "aac", str(path)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return path
