// The system's own sheet for handing files on: a phone has one, and some desktops.

/** Only by touch: on a desktop the download is what one looks for. */
export function canShare(type = 'image/jpeg'): boolean {
  if (typeof navigator.canShare !== 'function' || !matchMedia('(pointer: coarse)').matches) return false;
  return navigator.canShare({ files: [new File([], `file.${type.split('/')[1] ?? ''}`, { type })] });
}

/** False where it was given up. */
export async function share(files: File[]): Promise<boolean> {
  try {
    await navigator.share({ files });
    return true;
  } catch {
    return false;
  }
}
