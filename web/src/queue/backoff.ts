// How long to wait before a busy server is asked again.

const kLeastMs = 1_000;
const kMostMs = 60_000;

/** Asked that often, a photo is given up: about five minutes of a busy server. */
export const kMostTries = 10;

/**
 * What the server asked for, or twice as long each time; never less than either, and spread by up to
 * a quarter so that pages which were refused together do not come back together.
 */
export function waitBeforeTry(
  tries: number,
  retryAfterMs: number | undefined,
  random = Math.random(),
): number {
  const grown = Math.min(kLeastMs * 2 ** Math.max(0, tries - 1), kMostMs);
  const asked = Math.min(retryAfterMs ?? 0, 10 * kMostMs);
  return Math.max(grown, asked) * (1 + random / 4);
}
