// Names for redacted files.

const kExtensionOfType: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/avif': '.avif',
  'image/heic': '.heic',
  'image/tiff': '.tiff',
  'image/gif': '.gif',
};

/** holiday.HEIC that came back as JPEG is holiday-redacted.jpg. */
export function redactedName(original: string, mediaType: string): string {
  const name = original.replace(/^.*[\\/]/, '').trim();
  const dot = name.lastIndexOf('.');
  const stem = (dot > 0 ? name.slice(0, dot) : name) || 'photo';
  const own = dot > 0 ? name.slice(dot) : '';
  return `${stem}-redacted${kExtensionOfType[mediaType] ?? own}`;
}

/** Gives repeated names a number. Names that differ in case only are one file on many disks. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const dot = name.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let unique = name;
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1)
      unique = `${stem}-${number}${extension}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}
