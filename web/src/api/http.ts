// One POST with upload progress, which fetch() does not give.

export interface Answer {
  readonly status: number;
  /** Null where the header is absent. */
  header(name: string): string | null;
  readonly body: Blob;
}

export interface PostOptions {
  readonly signal: AbortSignal;
  /** 0..1 of the body, as it goes out. Called with 1 once all of it is sent. */
  readonly onUpload?: ((share: number) => void) | undefined;
  /** Goes along as it is. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A Blob goes out under its own type if that says picture, else as plain bytes. */
export type Post = (url: string, body: Blob | FormData, options: PostOptions) => Promise<Answer>;

/** No answer came: the server is gone, or the line is. */
export class UnreachableError extends Error {}

/** The server is there and says nothing, or takes nothing more of the upload. */
export class SilentError extends Error {}

/** ms without progress while a photo goes out. */
const kMostStallMs = 30_000;
/** ms until the answer begins; twice what the service gives itself for a photo. */
const kMostSilenceMs = 60_000;

export function abortError(): DOMException {
  return new DOMException('The request was given up.', 'AbortError');
}

export const postWithXhr: Post = (url, body, { signal, onUpload, headers }) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError());
      return;
    }
    const request = new XMLHttpRequest();
    const giveUp = () => request.abort();
    signal.addEventListener('abort', giveUp, { once: true });

    let silence: ReturnType<typeof setTimeout> | undefined;
    const wait = (milliseconds: number) => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        reject(new SilentError('No word from the server.'));
        request.abort();
      }, milliseconds);
    };

    request.upload.onprogress = (event) => {
      wait(kMostStallMs);
      if (event.lengthComputable && event.total > 0) onUpload?.(event.loaded / event.total);
    };
    request.upload.onload = () => {
      wait(kMostSilenceMs);
      onUpload?.(1);
    };
    request.onprogress = () => wait(kMostStallMs);
    request.onload = () =>
      resolve({
        status: request.status,
        header: (name) => request.getResponseHeader(name),
        body: request.response as Blob,
      });
    request.onerror = () => reject(new UnreachableError('No answer from the server.'));
    request.onabort = () => reject(abortError());
    request.onloadend = () => {
      clearTimeout(silence);
      signal.removeEventListener('abort', giveUp);
    };

    request.open('POST', url);
    request.responseType = 'blob';
    for (const [name, value] of Object.entries(headers ?? {})) request.setRequestHeader(name, value);
    // A photo under a wrong name still is one: the service tells by content.
    if (body instanceof Blob && !body.type.startsWith('image/')) {
      request.setRequestHeader('Content-Type', 'application/octet-stream');
    }
    wait(kMostStallMs);
    request.send(body);
  });
