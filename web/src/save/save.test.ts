// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { neutralName, redactedName, safeFolder, uniqueNames } from './names';
import { zipOf } from './save';

describe('names', () => {
  it.each([
    ['holiday.jpg', 'image/jpeg', 'holiday-redacted.jpg'],
    ['holiday.JPEG', 'image/jpeg', 'holiday-redacted.jpg'],
    ['IMG_1.HEIC', 'image/jpeg', 'IMG_1-redacted.jpg'],
    ['scan.v2.png', 'image/png', 'scan.v2-redacted.png'],
    ['noextension', 'image/webp', 'noextension-redacted.webp'],
    ['.hidden', 'image/png', '.hidden-redacted.png'],
    ['', 'image/png', 'photo-redacted.png'],
    ['a/b\\c.gif', 'image/gif', 'c-redacted.gif'],
    ['odd.xyz', 'image/x-odd', 'odd-redacted.xyz'],
    ['Wer ist das?.jpg', 'image/jpeg', 'Wer ist das--redacted.jpg'],
    ['a<b>:"|*.png', 'image/png', 'a-b------redacted.png'],
    ['\u202egpj.exe', 'image/jpeg', 'gpj-redacted.jpg'],
    ['con.jpg', 'image/jpeg', 'con_-redacted.jpg'],
    ['COM1', 'image/png', 'COM1_-redacted.png'],
    ['dots...', 'image/png', 'dots-redacted.png'],
    ['\u0000\u001f.jpg', 'image/jpeg', '---redacted.jpg'],
  ])('%s as %s is saved as %s', (name, type, expected) => {
    expect(redactedName(name, type)).toBe(expected);
  });

  it('are short enough for any disk, in letters of any length', () => {
    const name = redactedName(`${'\u{1f600}'.repeat(200)}.jpg`, 'image/jpeg');
    expect(new TextEncoder().encode(name).length).toBeLessThan(240);
    expect(name).toMatch(/^\u{1f600}+-redacted\.jpg$/u);
  });

  it('may tell nothing', () => {
    expect(neutralName(3, 'image/webp')).toBe('photo-3.webp');
  });

  it.each([
    ['a.jpg', ''],
    ['trip/day 1/a.jpg', 'trip/day 1/'],
    ['../../etc/a.jpg', 'etc/'],
    ['/c:/aux/./a.jpg', 'c-/aux_/'],
    ['a\\b\\c.jpg', 'a/b/'],
  ])('of folders lead nowhere else: %s is in %s', (path, folder) => {
    expect(safeFolder(path)).toBe(folder);
  });

  it('are unique in their folders, whatever dots these have', () => {
    expect(uniqueNames(['a/b.jpg', 'c/b.jpg', 'a/b.jpg', 'v1.2/x', 'v1.2/x'])).toEqual([
      'a/b.jpg',
      'c/b.jpg',
      'a/b-2.jpg',
      'v1.2/x',
      'v1.2/x-2',
    ]);
  });

  it('are unique, on disks that do not tell case apart too', () => {
    expect(uniqueNames(['a.jpg', 'a.jpg', 'A.jpg', 'a-2.jpg', 'b'])).toEqual([
      'a.jpg',
      'a-2.jpg',
      'A-3.jpg',
      'a-2-2.jpg',
      'b',
    ]);
  });
});

describe('the archive', () => {
  it('holds every file, byte for byte', async () => {
    const large = new Uint8Array(9 << 20).fill(7);
    const zip = await zipOf([
      { name: 'a.jpg', blob: new Blob(['first']) },
      { name: 'a.jpg', blob: new Blob([large]) },
    ]);
    expect(zip.type).toBe('application/zip');
    const bytes = Buffer.from(await zip.arrayBuffer());
    // Stored, not compressed: the bytes are there as they are, each after its name.
    expect(bytes.indexOf('a.jpgfirst')).toBeGreaterThan(0);
    const second = bytes.indexOf('a-2.jpg') + 'a-2.jpg'.length;
    expect(bytes.subarray(second, second + large.length).equals(Buffer.from(large))).toBe(true);
  });
});
