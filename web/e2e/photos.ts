// Photos to try the page with: the demo photos of an npm package, and what can be made of them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kRoot } from './service';

const kDemo = `${kRoot}/third_party/node_modules/@vladmandic/face-api/demo`;

export interface Upload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Three women on a sofa, about 200 px each face; 1920 x 1350. */
export const kThreeFaces = 'sample3.jpg';

/** `number` from 1 to 6. */
export function demo(number: number, name = `sample${number}.jpg`): Upload {
  return { name, mimeType: 'image/jpeg', buffer: readFileSync(`${kDemo}/sample${number}.jpg`) };
}

const kTypes: Readonly<Record<string, string>> = {
  heic: 'image/heic',
  jpg: 'image/jpeg',
  png: 'image/png',
  tif: 'image/tiff',
  webp: 'image/webp',
};

/** Makes a photo by Debian's vips: `steps` run one after the other, each from a file to a file. */
export function made(name: string, from: number, ...steps: string[][]): Upload {
  const folder = mkdtempSync(join(tmpdir(), 'face-privacy-photo-'));
  try {
    let file = `${kDemo}/sample${from}.jpg`;
    steps.forEach(([operation = 'copy', ...rest], index) => {
      const next = join(folder, index === steps.length - 1 ? name : `${index}.v`);
      execFileSync('vips', [operation, file, next, ...rest]);
      file = next;
    });
    return {
      name,
      mimeType: kTypes[name.split('.').at(-1) ?? ''] ?? '',
      buffer: readFileSync(file),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same photo, lying on its side in the file and turned upright by its EXIF orientation; `more` for exiftool. */
export function turned(name: string, from: number, scale = '1', more: string[] = []): Upload {
  const lying = made(name, from, ['resize', scale], ['rot', 'd270']);
  const folder = mkdtempSync(join(tmpdir(), 'face-privacy-photo-'));
  try {
    const file = join(folder, name);
    writeFileSync(file, lying.buffer);
    execFileSync('exiftool', ['-q', '-overwrite_original', '-n', '-Orientation=6', ...more, file]);
    return { ...lying, buffer: readFileSync(file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Hills in the evening: nobody is in it. */
export function withoutFaces(name = 'landscape.png'): Upload {
  const folder = mkdtempSync(join(tmpdir(), 'face-privacy-photo-'));
  try {
    const file = join(folder, name);
    execFileSync('/usr/bin/python3', [
      '-c',
      `
import math, sys
from PIL import Image, ImageDraw
width, height = 800, 600
picture = Image.linear_gradient("L").resize((width, height))
picture = Image.merge("RGB", [picture.point(lambda v, a=a, b=b: a + (b - a) * v // 255)
                              for a, b in ((108, 250), (148, 214), (190, 165))])
draw = ImageDraw.Draw(picture)
for layer in range(5):
    color = tuple(int(c * (0.85 - 0.15 * layer)) for c in (112, 140, 150))
    line = [(x, 300 + 55 * layer + (46 - 5 * layer) * math.sin(x / (150 - 14 * layer) + 2.1 * layer)
             + 14 * math.sin(x / 41 + layer)) for x in range(width + 1)]
    draw.polygon([*line, (width, height), (0, height)], fill=color)
picture.save(sys.argv[1])
`,
      file,
    ]);
    return { name, mimeType: 'image/png', buffer: readFileSync(file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What zipfile finds: the entries' names and bytes. */
export function unzipped(archive: Buffer): Map<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'face-privacy-zip-'));
  try {
    const file = join(folder, 'a.zip');
    writeFileSync(file, archive);
    const names = JSON.parse(
      execFileSync('/usr/bin/python3', [
        '-c',
        `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    archive.extractall(sys.argv[2])
    print(json.dumps(archive.namelist()))
`,
        file,
        folder,
      ]).toString(),
    ) as string[];
    return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
