// What the service holds for this page, and nobody needs any more. Also while the page is left: a request that
// a page makes at its end is lost where a service worker stands in between, so then the worker makes it.

type Headers = Readonly<Record<string, string>>;

export interface LetGo {
  readonly letGo: string;
  readonly headers: Headers;
}

export function letGo(url: string, headers: Headers): void {
  const worker = globalThis.navigator?.serviceWorker?.controller;
  if (worker) {
    const message: LetGo = { letGo: new URL(url, document.baseURI).href, headers };
    worker.postMessage(message);
  } else {
    fetch(url, { method: 'DELETE', headers, keepalive: true }).catch(() => undefined);
  }
}
