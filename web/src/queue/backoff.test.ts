import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhotoProblem, type ProblemKind } from '../api/problem';
import { askedPatiently } from './backoff';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => vi.useRealTimers());

/** Fails with each of `kinds` in turn, then answers. */
function answersAfter(...kinds: readonly ProblemKind[]) {
  const left = [...kinds];
  return vi.fn(() => {
    const kind = left.shift();
    return kind ? Promise.reject(new PhotoProblem(kind)) : Promise.resolve('answer');
  });
}

describe('a question is asked', () => {
  it('again while the server is busy or away, longer and longer between', async () => {
    const ask = answersAfter('busy', 'unreachable');
    const answer = askedPatiently(ask, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(999);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ask).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await answer).toBe('answer');
  });

  it('once where another answer is not to be hoped for', async () => {
    const ask = answersAfter('damaged');
    await expect(askedPatiently(ask, new AbortController().signal)).rejects.toThrow('damaged');
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('no more once nobody wants to know', async () => {
    const ask = answersAfter('busy');
    const given = new AbortController();
    const answer = expect(askedPatiently(ask, given.signal)).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(10);
    given.abort();
    await answer;
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
