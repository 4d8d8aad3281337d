// Reads what hidden notes a photo carries, in the browser: the file goes nowhere for it. Bytes are a
// stranger's, so each read is checked against the end, and each loop against a bound.
import { kNotes, type Note } from '../api/notes';

export interface Inspection {
  /** In the order of the type. */
  readonly notes: readonly Note[];
  /** As EXIF counts, 1..8; 1 where the file says nothing. */
  readonly orientation: number;
  /** Whether browsers heed that orientation: they do for JPEG. */
  readonly turnedByBrowser: boolean;
}

/** Notes stand at the start; in a HEIC they follow the small pictures. */
const kReadBytes = 1 << 20;
const kMostEntries = 512;
const kMostParts = 2048;
const kNoteOfTag: Readonly<Record<number, Note>> = {
  0x010e: 'comments',
  0x010f: 'device',
  0x0110: 'device',
  0x0132: 'date',
  0x013b: 'owner',
  0x8298: 'owner',
  0x9003: 'date',
  0x9004: 'date',
  0x9286: 'comments',
  0x927c: 'maker_notes',
  0xa430: 'owner',
  0xa431: 'serial_number',
  0xa435: 'serial_number',
};
const kOrientation = 0x0112;
const kExif = 0x8769;
const kGps = 0x8825;
const kGpsLatitude = 0x0002;
const kThumbnail = 0x0201;

class Notes {
  readonly found = new Set<Note>();
  orientation = 1;
}

const latin = new TextDecoder('latin1');

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return latin.decode(bytes.subarray(at, at + length));
}

/** A TIFF structure from its byte order mark on. */
function readTiff(bytes: Uint8Array, notes: Notes): void {
  if (bytes.length < 8) return;
  const order = textAt(bytes, 0, 4);
  if (order !== 'II*\0' && order !== 'MM\0*') return;
  const little = order.startsWith('I');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const has = (at: number, length: number) => at >= 8 && at + length <= view.byteLength;
  const seen = new Set<number>();

  /** Gives the offset of the directory after this one, 0 for none. */
  const read = (at: number, tagged: (tag: number, value: number) => void): number => {
    if (!has(at, 2) || seen.has(at)) return 0;
    seen.add(at);
    const count = Math.min(view.getUint16(at, little), kMostEntries);
    for (let index = 0; index < count; index += 1) {
      const entry = at + 2 + 12 * index;
      if (!has(entry, 12)) return 0;
      const short = view.getUint16(entry + 2, little) === 3;
      tagged(
        view.getUint16(entry, little),
        short ? view.getUint16(entry + 8, little) : view.getUint32(entry + 8, little),
      );
    }
    const next = at + 2 + 12 * count;
    return has(next, 4) ? view.getUint32(next, little) : 0;
  };
  const take = (tag: number, value: number) => {
    const note = kNoteOfTag[tag];
    if (note) notes.found.add(note);
    if (tag === kOrientation && value >= 1 && value <= 8) notes.orientation = value;
    if (tag === kExif) read(value, take);
    if (tag === kGps) {
      read(value, (position) => {
        if (position === kGpsLatitude) notes.found.add('position');
      });
    }
  };
  const second = read(view.getUint32(4, little), take);
  if (second > 0) {
    read(second, (tag) => {
      if (tag === kThumbnail) notes.found.add('thumbnail');
    });
  }
}

function readXmp(text: string, notes: Notes): void {
  if (/MotionPhoto|MicroVideo/.test(text)) notes.found.add('film');
  if (/GPSLatitude/.test(text)) notes.found.add('position');
  if (/xmpMM:|photoshop:|crs:/.test(text)) notes.found.add('edits');
  if (/dc:(description|title|subject)/.test(text)) notes.found.add('comments');
  if (/dc:(creator|rights)/.test(text)) notes.found.add('owner');
}

function readJpeg(bytes: Uint8Array, notes: Notes): void {
  let at = 2;
  for (let parts = 0; parts < kMostParts && at + 4 <= bytes.length; parts += 1) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker === 0xda || marker === 0xd9) return;
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (length < 2) return;
    const body = bytes.subarray(at + 4, at + 2 + length);
    const name = textAt(body, 0, 29);
    if (marker === 0xe1 && name.startsWith('Exif\0\0')) readTiff(body.subarray(6), notes);
    else if (marker === 0xe1 && name.includes('ns.adobe.com/')) readXmp(textAt(body, 0, body.length), notes);
    else if (marker === 0xed || marker === 0xfe) notes.found.add('comments');
    at += 2 + length;
  }
}

/** PNG and WebP are lists of named parts, the one big-endian, the other little. */
function readParts(bytes: Uint8Array, notes: Notes, start: number, png: boolean): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  for (let parts = 0; parts < kMostParts && at + 8 <= bytes.length; parts += 1) {
    const length = png ? view.getUint32(at) : view.getUint32(at + 4, true);
    const name = textAt(bytes, png ? at + 4 : at, 4);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (name === 'eXIf') readTiff(body, notes);
    else if (name === 'EXIF') readTiff(textAt(body, 0, 6) === 'Exif\0\0' ? body.subarray(6) : body, notes);
    else if (name === 'XMP ') readXmp(textAt(body, 0, body.length), notes);
    else if (name === 'iTXt' || name === 'tEXt' || name === 'zTXt') {
      notes.found.add('comments');
      readXmp(textAt(body, 0, body.length), notes);
    }
    at += 8 + length + (png ? 4 : length % 2);
  }
}

/** Somewhere behind the boxes: found by what every EXIF item begins with. */
function readHeic(bytes: Uint8Array, notes: Notes): void {
  const text = textAt(bytes, 0, bytes.length);
  for (let at = text.indexOf('Exif\0\0'), tries = 0; at >= 0 && tries < 8; tries += 1) {
    readTiff(bytes.subarray(at + 6), notes);
    at = text.indexOf('Exif\0\0', at + 6);
  }
  readXmp(text, notes);
  // How such a picture lies is told by its boxes, which decoders heed.
  notes.orientation = 1;
}

export async function inspect(file: Blob): Promise<Inspection> {
  const bytes = new Uint8Array(await file.slice(0, kReadBytes).arrayBuffer());
  const notes = new Notes();
  const head = textAt(bytes, 0, 12);
  const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (jpeg) readJpeg(bytes, notes);
  else if (head.slice(1, 4) === 'PNG') readParts(bytes, notes, 8, true);
  else if (head.startsWith('RIFF') && head.endsWith('WEBP')) readParts(bytes, notes, 12, false);
  else if (head.slice(4, 8) === 'ftyp') readHeic(bytes, notes);
  else readTiff(bytes, notes);
  return {
    notes: kNotes.filter((note) => notes.found.has(note)),
    orientation: notes.orientation,
    turnedByBrowser: jpeg,
  };
}
