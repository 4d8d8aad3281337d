"""Makes small clips with ffmpeg, each with a property that tools lose, and asks ffprobe about them."""

import json
import subprocess

SECRET = "Quokka"  # stands in every text that a test plants


def ffmpeg(*arguments):
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def probe(path, *arguments):
    done = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *map(str, arguments), str(path)],
                          capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def streams(path, kind=None):
    found = probe(path, "-show_streams")["streams"]
    return [stream for stream in found if kind in (None, stream["codec_type"])]


def frame_times(path):
    """When each frame is shown, as ffprobe decodes them."""
    found = probe(path, "-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time")["frames"]
    return [frame["best_effort_timestamp_time"] for frame in found]


def packets(path, selector):
    """Time, size and hash of each packet, as coded."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", f"0:{selector}", "-c", "copy",
                           "-copyts", "-f", "framemd5", "-"], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    result = []
    for line in done.stdout.decode().splitlines():
        if line and not line.startswith("#"):
            stream, _dts, pts, _duration, size, digest = [part.strip() for part in line.split(",")[:6]]
            result.append((stream, pts, size, digest))
    return result


def picture_hashes(path):
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-f", "framemd5", "-"],
                          capture_output=True)
    return [line.rsplit(",", 1)[1] for line in done.stdout.decode().splitlines() if not line.startswith("#")]


class Studio:
    """A moving camera over a photo of people, and a tone; everything else is made from these two."""

    def __init__(self, folder, photo, frames=12, size="320x180"):
        self.folder = folder
        self.raw = folder / "raw.nut"
        width, height = size.split("x")
        ffmpeg("-loop", 1, "-framerate", 25, "-i", photo, "-f", "lavfi", "-i", "sine=440:sample_rate=48000", "-t",
               frames / 25, "-filter:v",
               f"scale=480:-2,crop={width}:{height}:'min(iw-ow,20+2*n)':'min(ih-oh,n)',format=yuv444p",
               "-c:v", "ffv1", "-c:a", "pcm_s16le", self.raw)

    def make(self, name, *arguments, inputs=()):
        path = self.folder / name
        ffmpeg("-i", self.raw, *inputs, *arguments, path)
        return path
