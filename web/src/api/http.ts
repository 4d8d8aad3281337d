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
}

/** A Blob goes out under its own type if that says picture, else as plain bytes. */
export type Post = (url: string, body: Blob | FormData, options: PostOptions) => Promise<Answer>;

/** No answer came: the server is gone, or the line is. */
export class UnreachableError extends Error {}

export function abortError(): DOMException {
  return new DOMException('The request was given up.', 'AbortError');
}

export const postWithXhr: Post = (url, body, { signal, onUpload }) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError());
      return;
    }
    const request = new XMLHttpRequest();
    const giveUp = () => request.abort();
    signal.addEventListener('abort', giveUp, { once: true });

    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onUpload?.(event.loaded / event.total);
    };
    request.upload.onload = () => onUpload?.(1);
    request.onload = () =>
      resolve({
        status: request.status,
        header: (name) => request.getResponseHeader(name),
        body: request.response as Blob,
      });
    request.onerror = () => reject(new UnreachableError('No answer from the server.'));
    request.onabort = () => reject(abortError());
    request.onloadend = () => signal.removeEventListener('abort', giveUp);

    request.open('POST', url);
    request.responseType = 'blob';
    // A photo under a wrong name still is one: the service tells by content.
    if (body instanceof Blob && !body.type.startsWith('image/')) {
      request.setRequestHeader('Content-Type', 'application/octet-stream');
    }
    request.send(body);
  });
