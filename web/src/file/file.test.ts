// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { inspect } from './inspect';
import { kindOf } from './kind';

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const big = (value: number, length: number) =>
  Array.from({ length }, (_, index) => (value >> (8 * (length - 1 - index))) & 255);

interface Entry {
  tag: number;
  value: number;
  short?: boolean;
}

/** A big-endian TIFF structure with these directories one after the other. */
function tiff(...directories: Entry[][]): Uint8Array<ArrayBuffer> {
  const bytes = [...bytesOf('MM\0*'), ...big(8, 4)];
  directories.forEach((entries, index) => {
    bytes.push(...big(entries.length, 2));
    for (const { tag, value, short } of entries) {
      bytes.push(...big(tag, 2), ...big(short ? 3 : 4, 2), ...big(1, 4));
      bytes.push(...(short ? [...big(value, 2), 0, 0] : big(value, 4)));
    }
    bytes.push(...big(index + 1 < directories.length ? bytes.length + 4 : 0, 4));
  });
  return Uint8Array.from(bytes);
}

function jpeg(exif: Uint8Array): Blob {
  const head = [0xff, 0xd8, 0xff, 0xe1, ...big(exif.length + 8, 2), ...bytesOf('Exif\0\0')];
  return new Blob([Uint8Array.from([...head, ...exif, 0xff, 0xda])]);
}

function webp(exif: Uint8Array): Blob {
  const size = [exif.length & 255, exif.length >> 8, 0, 0];
  return new Blob([Uint8Array.from([...bytesOf('RIFF\0\0\0\0WEBPEXIF'), ...size, ...exif])]);
}

describe('what a file carries', () => {
  // Position and lens stand in directories of their own, right after the first and the second.
  const first: Entry[] = [
    { tag: 0x010f, value: 0 },
    { tag: 0x0112, value: 6, short: true },
    { tag: 0x0132, value: 0 },
    { tag: 0x8825, value: 8 + 2 + 12 * 4 + 4 + 2 + 12 + 4 },
  ];
  const thumbnail: Entry[] = [{ tag: 0x0201, value: 99 }];
  const position: Entry[] = [{ tag: 2, value: 1 }];
  const exif = tiff(first, thumbnail, position);

  it('is told: place, date, camera, the small picture', async () => {
    const { notes, orientation, turnedByBrowser } = await inspect(jpeg(exif));
    expect(notes).toEqual(['position', 'date', 'device', 'thumbnail']);
    expect(orientation).toBe(6);
    expect(turnedByBrowser).toBe(true);
  });

  it('is told of a WebP too, whose orientation browsers do not heed', async () => {
    expect(await inspect(webp(exif))).toMatchObject({ orientation: 6, turnedByBrowser: false });
  });

  it('is nothing where there is nothing', async () => {
    for (const bytes of ['', 'text', '\xff\xd8\xff\xda', 'RIFF\0\0\0\0WEBP', '\x89PNG\r\n\x1a\n']) {
      expect(await inspect(new Blob([bytesOf(bytes)])), bytes).toMatchObject({ notes: [], orientation: 1 });
    }
  });

  it('is read from damaged and hostile files without end or error', async () => {
    const whole = new Uint8Array(await jpeg(exif).arrayBuffer());
    for (let cut = 0; cut < whole.length; cut += 1) await inspect(new Blob([whole.subarray(0, cut)]));
    for (let at = 0; at < whole.length; at += 1) {
      const broken = whole.slice();
      broken[at] = 0xff;
      await inspect(new Blob([broken]));
    }
    // Directories that lead to each other.
    await inspect(jpeg(tiff([{ tag: 0x8769, value: 8 }])));
  });
});

describe('what a file is that is no photo', () => {
  it.each([
    ['a.pdf', '%PDF-1.7', 'a_pdf'],
    ['a.zip', 'PK\x03\x04....', 'an_archive'],
    ['a.jpg', '\0\0\0\x20ftypisom', 'a_film'],
    ['a.mov', '\0\0\0\x14ftypqt  ', 'a_film'],
    ['a.webm', '\x1aE\xdf\xa3', 'a_film'],
    ['a.svg', '<?xml version="1.0"?><svg xmlns="">', 'a_drawing'],
    ['DSC_1.NEF', 'MM\0*', 'a_raw'],
    ['a.txt', 'Dear all,\n', 'a_text'],
    ['a.heic', '\0\0\0\x18ftypheic', undefined],
    ['a.bin', '\0\x01\x02', undefined],
    ['a.jpg', '', undefined],
  ])('%s %j: %s', async (name, head, kind) => {
    expect(await kindOf(new File([bytesOf(head)], name))).toBe(kind);
  });
});
