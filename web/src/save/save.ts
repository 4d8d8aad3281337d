// Hands files to the browser to save.
import { uniqueNames } from './names';

export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

export const kZipName = 'face-privacy-redacted.zip';

/** The pieces that a zip is gathered in, so that the browser may keep them outside the page's memory. */
const kPieceBytes = 8 << 20;

/** One archive of all files, stored and not compressed: photos hardly get smaller. */
export async function zipOf(files: readonly NamedBlob[]): Promise<Blob> {
  // With the first archive: a single photo needs none.
  const { makeZip } = await import('client-zip');
  const names = uniqueNames(files.map((file) => file.name));
  const entries = files.map((file, index) => ({ name: names[index] ?? file.name, input: file.blob }));
  const reader = makeZip(entries).getReader();
  const pieces: Blob[] = [];
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const gather = () => {
    pieces.push(new Blob(chunks));
    chunks = [];
    bytes = 0;
  };
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    chunks.push(step.value as Uint8Array<ArrayBuffer>);
    bytes += step.value.byteLength;
    if (bytes >= kPieceBytes) gather();
  }
  gather();
  return new Blob(pieces, { type: 'application/zip' });
}

/** A browser reads the address some time after the click; a minute is ample, and then it is freed. */
const kFreeAfterMs = 60_000;

export function saveAs({ name, blob }: NamedBlob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), kFreeAfterMs);
}
