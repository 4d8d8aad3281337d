// One request that is no upload: given up when nobody wants it any more, or when no answer begins.
import { abortError, type Answer } from './http';
import { PhotoProblem } from './problem';

/** ms until an answer has begun. */
const kMostSilenceMs = 60_000;

export async function fetched(url: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
  if (signal.aborted) throw abortError();
  const controller = new AbortController();
  const giveUp = () => controller.abort();
  const silence = setTimeout(giveUp, kMostSilenceMs);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const response = await fetch(url, { ...init, signal: controller.signal });
    clearTimeout(silence);
    const body = await response.blob();
    return { status: response.status, header: (name) => response.headers.get(name), body };
  } catch {
    if (signal.aborted) throw abortError();
    throw new PhotoProblem(controller.signal.aborted ? 'no_answer' : 'unreachable');
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', giveUp);
  }
}
