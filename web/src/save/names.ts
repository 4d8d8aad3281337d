// Names for redacted files: such as every system can write, and such as tell nothing where that is wanted.

const kExtensionOfType: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/avif': '.avif',
  'image/heic': '.heic',
  'image/tiff': '.tiff',
  'image/gif': '.gif',
  'video/mp4': '.mp4',
  'video/quicktime': '.mov',
  'video/x-matroska': '.mkv',
  'video/webm': '.webm',
  'video/mp2t': '.ts',
  'video/x-msvideo': '.avi',
};

/** Marks that turn the direction of writing: with them "gpj.exe" may be read as "exe.jpg". */
const kDirection = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** What Windows takes in no name, and no system likes. */
// eslint-disable-next-line no-control-regex
const kForbidden = /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f]/g;
/** Devices of Windows, with or without an extension. */
const kReserved = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;
/** Bytes of UTF-8: disks take 255, and a number or a mark is added. */
const kMostBytes = 200;

function shortened(text: string): string {
  const letters = [...text];
  while (new TextEncoder().encode(letters.join('')).length > kMostBytes) letters.pop();
  return letters.join('');
}

/** One step of a path, fit for any disk; empty where nothing is left of it. */
export function safeName(name: string): string {
  const clean = name
    .replace(kDirection, '')
    .replace(kForbidden, '-')
    .replace(/[. ]+$/, '')
    .trim();
  return shortened(clean.replace(kReserved, '$1_'));
}

/** holiday.HEIC that came back as JPEG is holiday-redacted.jpg. */
export function redactedName(original: string, mediaType: string): string {
  const name = safeName(original.replace(/^.*[\\/]/, ''));
  const dot = name.lastIndexOf('.');
  const stem = (dot > 0 ? name.slice(0, dot).trim() : name) || 'photo';
  const own = dot > 0 ? name.slice(dot) : '';
  return `${stem}-redacted${kExtensionOfType[mediaType] ?? own}`;
}

export function neutralName(number: number, mediaType: string): string {
  return `${mediaType.startsWith('video/') ? 'clip' : 'photo'}-${number}${kExtensionOfType[mediaType] ?? ''}`;
}

/** The folders of a path such as a browser gives, each fit for any disk; with a slash at the end if any. */
export function safeFolder(path: string): string {
  const steps = path
    .split(/[\\/]/)
    .slice(0, -1)
    .filter((step) => !/^\.*$/.test(step))
    .map(safeName)
    .filter((step) => step !== '');
  return steps.map((step) => `${step}/`).join('');
}

/** Gives repeated names a number. Names that differ in case only are one file on many disks. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const dot = name.lastIndexOf('.');
    const [stem, extension] =
      dot > name.lastIndexOf('/') + 1 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let unique = name;
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1)
      unique = `${stem}-${number}${extension}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}
