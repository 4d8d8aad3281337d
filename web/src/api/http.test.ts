import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { postWithXhr, SilentError, UnreachableError } from './http';

/** A request whose events the test raises by hand. */
class HandRequest {
  static last: HandRequest;
  readonly upload: Record<string, (event?: unknown) => void> = {};
  readonly headers: Record<string, string> = {};
  readonly status = 200;
  readonly response = new Blob(['answer']);
  aborted = false;
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onprogress?: () => void;
  onloadend?: () => void;

  constructor() {
    HandRequest.last = this;
  }

  open(): void {}
  send(): void {}
  getResponseHeader(): null {
    return null;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  abort(): void {
    this.aborted = true;
    this.onabort?.();
    this.onloadend?.();
  }
}

const ask = (headers?: Record<string, string>) => {
  const answer = postWithXhr('/v1/blur', new Blob(['photo'], { type: 'image/jpeg' }), {
    signal: new AbortController().signal,
    headers,
  });
  answer.catch(() => undefined); // looked at later
  return answer;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('XMLHttpRequest', HandRequest);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a request', () => {
  it('that the server says nothing to has an end', async () => {
    const answer = ask();
    HandRequest.last.upload['onload']?.();
    vi.advanceTimersByTime(59_000);
    expect(HandRequest.last.aborted).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(HandRequest.last.aborted).toBe(true);
    await expect(answer).rejects.toBeInstanceOf(SilentError);
  });

  it('whose upload stands still has an end, and one that is only slow has none', async () => {
    const answer = ask();
    for (let step = 0; step < 20; step += 1) {
      vi.advanceTimersByTime(25_000);
      HandRequest.last.upload['onprogress']?.({ lengthComputable: true, loaded: step, total: 100 });
    }
    expect(HandRequest.last.aborted).toBe(false);
    vi.advanceTimersByTime(31_000);
    await expect(answer).rejects.toBeInstanceOf(SilentError);
  });

  it('that was answered is over, and nothing is left that would break it off', async () => {
    const answer = ask({ Authorization: 'Bearer key' });
    expect(HandRequest.last.headers['Authorization']).toBe('Bearer key');
    HandRequest.last.onload?.();
    HandRequest.last.onloadend?.();
    vi.advanceTimersByTime(600_000);
    expect(HandRequest.last.aborted).toBe(false);
    await expect(answer).resolves.toMatchObject({ status: 200 });
  });

  it('that never arrived says so', async () => {
    const answer = ask();
    HandRequest.last.onerror?.();
    await expect(answer).rejects.toBeInstanceOf(UnreachableError);
  });
});
