// Clips to try the page with, made by Debian's ffmpeg from the demo photos, and a look into what comes back.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demo, type Upload } from './photos';

export const kClip = 'street.mp4';
const kTypes: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
};

interface Making {
  readonly seconds?: number;
  readonly width?: number;
  readonly height?: number;
  readonly photo?: number;
  /** Pixels that the camera goes to the right. */
  readonly pan?: number;
}

function inFolder<T>(does: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'face-privacy-clip-'));
  try {
    return does(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Three faces under a camera that moves slowly, with a tone. */
export function clip(
  name = kClip,
  { seconds = 2, width = 480, height = 340, photo = 3, pan = 60 }: Making = {},
): Upload {
  return inFolder((folder) => {
    const file = join(folder, name);
    const picture = join(folder, 'photo.jpg');
    writeFileSync(picture, demo(photo).buffer);
    const moved = `min(iw-ow,n*${pan / (25 * seconds)})`;
    const camera = `scale=${width + pan}:-2,crop=${width}:${height}:'${moved}':0,format=yuv420p`;
    const input = [
      '-loop',
      '1',
      '-framerate',
      '25',
      '-i',
      picture,
      '-f',
      'lavfi',
      '-i',
      'sine=440:sample_rate=48000',
    ];
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac'];
    execFileSync('ffmpeg', [
      '-nostdin',
      '-v',
      'error',
      ...input,
      '-t',
      String(seconds),
      '-vf',
      camera,
      ...codec,
      file,
    ]);
    return { name, mimeType: kTypes[name.split('.').at(-1) ?? ''] ?? '', buffer: readFileSync(file) };
  });
}

export interface Look {
  readonly frames: number;
  readonly audio: boolean;
  /** PNG of one frame. */
  readonly picture: Buffer;
}

/** What ffprobe and ffmpeg find in a clip. */
export function looked(bytes: Buffer, frame: number): Look {
  return inFolder((folder) => {
    const file = join(folder, 'clip');
    const picture = join(folder, 'frame.png');
    writeFileSync(file, bytes);
    const found = JSON.parse(
      execFileSync('ffprobe', [
        '-v',
        'error',
        '-of',
        'json',
        '-count_frames',
        '-show_streams',
        file,
      ]).toString(),
    ) as { streams: { codec_type: string; nb_read_frames: string }[] };
    const stream = (type: string) => found.streams.find(({ codec_type }) => codec_type === type);
    const pick = ['-vf', `select=eq(n\\,${frame})`, '-frames:v', '1'];
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', file, ...pick, picture]);
    return {
      frames: Number(stream('video')?.nb_read_frames),
      audio: stream('audio') !== undefined,
      picture: readFileSync(picture),
    };
  });
}
