// What a file is that the service took for no photo, by its first bytes and its name.
import type { ProblemKind } from '../api/problem';

const kHeadBytes = 512;
const kRawNames = /\.(3fr|arw|cr2|cr3|dng|erf|iiq|nef|nrw|orf|pef|raf|rw2|srw|x3f)$/i;
const kFilmBrands = /^(3g|avc1|dash|f4v|iso[2-9m]|M4V|mmp4|mp4|msnv|qt {2})/;

const kClipNames = /\.(avi|m2ts|m4v|mkv|mov|mp4|mts|ts|webm)$/i;

/** Told by the system or by its name: a clip goes another way than photos. */
export function isClip(file: File): boolean {
  return file.type.startsWith('video/') || (file.type === '' && kClipNames.test(file.name));
}

/** Where the system already says so: no photo, so it need not go over the line first. */
export function kindByType(file: File): ProblemKind | undefined {
  if (file.type.startsWith('video/')) return 'a_film';
  if (file.type === 'application/pdf') return 'a_pdf';
  if (/^application\/(x-)?zip/.test(file.type)) return 'an_archive';
  return undefined;
}

/** Undefined where nothing tells. */
export async function kindOf(file: File): Promise<ProblemKind | undefined> {
  if (kRawNames.test(file.name)) return 'a_raw';
  const bytes = new Uint8Array(await file.slice(0, kHeadBytes).arrayBuffer());
  const head = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  if (head.startsWith('%PDF')) return 'a_pdf';
  // eslint-disable-next-line no-control-regex
  if (/^(PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b)/.test(head)) return 'an_archive';
  if (head.slice(4, 8) === 'ftyp' && kFilmBrands.test(head.slice(8, 12))) return 'a_film';
  if (head.startsWith('\x1aE\xdf\xa3') || /^RIFF....AVI /s.test(head)) return 'a_film';
  if (/<svg[\s/>]/i.test(head)) return 'a_drawing';
  // eslint-disable-next-line no-control-regex
  if (bytes.length > 0 && !/[\x00-\x08\x0e-\x1f]/.test(head)) return 'a_text';
  return kindByType(file);
}
