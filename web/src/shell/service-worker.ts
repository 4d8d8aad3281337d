// Keeps the page itself, so that it opens without a network: its files and nothing else. Photos, clips
// and every call of the service go past it. What a phone shares with the page goes through it, in
// memory, from the sheet to the page: nothing of that is stored.

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Told extends Lasting {
  readonly data: unknown;
  readonly source: { postMessage(message: unknown): void } | null;
}
/** As much of ServiceWorkerGlobalScope as is used: its own types and those of pages exclude each other. */
interface Worker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(kind: 'install' | 'activate', does: (event: Lasting) => void): void;
  addEventListener(kind: 'fetch', does: (event: Asked) => void): void;
  addEventListener(kind: 'message', does: (event: Told) => void): void;
}
const worker = self as unknown as Worker;

const kCache = 'face-privacy-shell';
const kPage = './';
/** ms that shared files wait for the page that was opened for them. */
const kMostSharedMs = 60_000;

let shared: File[] = [];
let taken: () => void = () => undefined;

/** In the folder of the page; undefined: elsewhere. */
function pathOf(address: string): string | undefined {
  const { scope } = worker.registration;
  return address.startsWith(scope) ? address.slice(scope.length).replace(/[?#].*/, '') : undefined;
}

const isOfShell = (path: string) =>
  path.startsWith('assets/') || path === 'favicon.svg' || path === 'manifest.webmanifest';

async function keepPage(answer: Response): Promise<void> {
  const cache = await caches.open(kCache);
  const before = await cache.match(kPage);
  const text = await answer.clone().text();
  // Another build: what belongs to the one before is not asked for again.
  if (before && (await before.text()) !== text) {
    await Promise.all((await cache.keys()).map((request) => cache.delete(request)));
  }
  await cache.put(kPage, answer);
}

async function keptPage(): Promise<Response> {
  const kept = await caches.match(kPage);
  if (!kept) return Response.error();
  const headers = new Headers(kept.headers);
  headers.delete('Content-Encoding');
  headers.delete('Content-Length');
  // So that the page says so.
  const text = (await kept.text()).replace('<html ', '<html data-offline ');
  return new Response(text, { headers });
}

/** The server's page wherever there is a server. */
async function page(event: Asked): Promise<Response> {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(keepPage(answer.clone()));
    return answer;
  } catch {
    return keptPage();
  }
}

/** The names of assets tell their content; the others are asked for anew, and kept for without a network. */
async function file(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(kCache);
  const kept = await cache.match(request);
  if (kept && path.startsWith('assets/')) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch {
    return kept ?? Response.error();
  }
}

/** As far as it can be told: a site may keep its name to itself, which is why the page asks. */
function isFromAnotherSite({ headers }: Request): boolean {
  const origin = headers.get('Origin') ?? 'null';
  return origin !== 'null' && origin !== new URL(worker.registration.scope).origin;
}

async function receive(event: Asked): Promise<Response> {
  if (isFromAnotherSite(event.request)) return Response.redirect('./', 303);
  const form = await event.request.formData();
  shared = form.getAll('files').filter((entry) => entry instanceof File);
  // Until the page has them this process has to live; then they are its own.
  const wait = new Promise<void>((resolve) => {
    taken = resolve;
    setTimeout(resolve, kMostSharedMs);
  });
  event.waitUntil(wait.then(() => void (shared = [])));
  return Response.redirect('./?shared', 303);
}

/** What the page loaded before this was there. */
async function keepFiles(addresses: readonly string[]): Promise<void> {
  const cache = await caches.open(kCache);
  const wanted = addresses.filter((address) => isOfShell(pathOf(address) ?? ''));
  await Promise.all(
    wanted.map(async (address) => {
      if (!(await cache.match(address))) await cache.add(address);
    }),
  );
}

worker.addEventListener('install', (event) => {
  event.waitUntil(
    fetch(kPage, { cache: 'no-cache' })
      .then(keepPage)
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = pathOf(request.url);
  if (path === 'share' && request.method === 'POST') event.respondWith(receive(event));
  else if (path === undefined || request.method !== 'GET') return;
  else if (path === '' || path === 'index.html') event.respondWith(page(event));
  else if (isOfShell(path)) event.respondWith(file(request, path));
});

/** For a page that is left, whose own requests end with it. */
async function letGo(address: unknown, headers: unknown): Promise<void> {
  if (typeof address !== 'string' || !pathOf(address)?.startsWith('api/')) return;
  await fetch(address, { method: 'DELETE', headers: headers as HeadersInit }).catch(() => undefined);
}

worker.addEventListener('message', (event) => {
  const data = event.data as { readonly letGo?: unknown; readonly headers?: unknown };
  if (event.data === 'take-shared') {
    event.source?.postMessage({ shared });
    shared = [];
    taken();
  } else if (data.letGo !== undefined) event.waitUntil(letGo(data.letGo, data.headers));
  else if (Array.isArray(event.data)) {
    event.waitUntil(keepFiles(event.data.filter((address) => typeof address === 'string')));
  }
});
