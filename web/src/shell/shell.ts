// The page as something installed: it opens without a network, and takes what a phone shares with it.

/** ms that shared files may take from the worker to here. */
const kMostSharedMs = 5000;

/**
 * Called once the page stands: the worker comes after everything that a first visit waits for. `more`
 * loads what is to be kept as well.
 */
export async function install(more: () => Promise<unknown>): Promise<void> {
  // The development server's files change while one edits them.
  if (import.meta.hot || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('service-worker.js');
    const { active } = await navigator.serviceWorker.ready;
    await more();
    active?.postMessage(performance.getEntriesByType('resource').map(({ name }) => name));
  } catch {
    // A browser that keeps nothing: it is a page all the same.
  }
}

/** It comes from what was kept: no server has answered. */
export function openedWithoutServer(): boolean {
  return 'offline' in document.documentElement.dataset;
}

export function wasSharedWith(): boolean {
  return location.search === '?shared';
}

/**
 * A system's sheet opens the installed page as what it is. In a tab whoever can post a form may hand files
 * over, whatever site it comes from.
 */
export function isOpenedAsApp(): boolean {
  return !matchMedia('(display-mode: browser)').matches;
}

/** Empty where they got lost on the way, as when the browser ended the worker. */
export async function sharedFiles(): Promise<readonly File[]> {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return [];
  return new Promise((resolve) => {
    const give = (files: readonly File[]) => {
      navigator.serviceWorker.removeEventListener('message', take);
      clearTimeout(patience);
      resolve(files);
    };
    const take = ({ data }: MessageEvent<{ shared?: readonly File[] }>) => give(data.shared ?? []);
    const patience = setTimeout(() => give([]), kMostSharedMs);
    navigator.serviceWorker.addEventListener('message', take);
    worker.postMessage('take-shared');
  });
}
