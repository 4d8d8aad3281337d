// How long to wait before a busy server is asked again.
import { PhotoProblem } from '../api/problem';

const kLeastMs = 1_000;
const kMostMs = 60_000;
/** A server that is away comes back all at once: it is looked for more often than a busy one. */
const kMostMsAway = 10_000;

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

/** ms before the next of the tries that `problem` is worth; undefined: it is worth no more. */
export function waitAfter(problem: PhotoProblem, tries: number): number | undefined {
  if (tries >= problem.mostTries) return undefined;
  return waitBeforeTry(
    tries,
    problem.retryAfterMs,
    undefined,
    problem.kind === 'busy' ? kMostMs : kMostMsAway,
  );
}

/** Resolves after `ms`, or at once when `signal` is given up. */
function paused(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** What `ask` comes to, once what passes by itself has passed. */
export async function askedPatiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      const wait = error instanceof PhotoProblem ? waitAfter(error, tries) : undefined;
      if (wait === undefined || signal.aborted) throw error;
      await paused(wait, signal);
      signal.throwIfAborted();
    }
  }
}
