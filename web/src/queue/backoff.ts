// How long to wait before a busy server is asked again.

const kLeastMs = 1_000;
const kMostMs = 60_000;
/** A server that is away comes back all at once: it is looked for more often than a busy one. */
export const kMostMsAway = 10_000;

/**
 * What the server asked for, or twice as long each time; never less than either, and spread by up to
 * a quarter so that pages which were refused together do not come back together.
 */
export function waitBeforeTry(
  tries: number,
  retryAfterMs: number | undefined,
  random = Math.random(),
  most = kMostMs,
): number {
  const grown = Math.min(kLeastMs * 2 ** Math.max(0, tries - 1), most);
  const asked = Math.min(retryAfterMs ?? 0, 10 * kMostMs);
  return Math.max(grown, asked) * (1 + random / 4);
}
