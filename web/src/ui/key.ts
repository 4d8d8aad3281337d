// The key for a server that asks for one: kept for this tab, and gone with it.

const kPlace = 'face-privacy-key';

export function keptKey(): string | undefined {
  try {
    return sessionStorage.getItem(kPlace) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepKey(key: string): void {
  try {
    sessionStorage.setItem(kPlace, key);
  } catch {
    // A browser that keeps nothing: until the next reload, then.
  }
}
