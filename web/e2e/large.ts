// A hundred photos of 12 megapixels: minutes of work, so it belongs to `make verify`.
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { made, unzipped } from './photos';
import { Service } from './service';
import { startBrowser, visitsWith } from './visitor';

const kPhotos = Number(process.env['PHOTOS'] ?? 100);
/** One such photo takes 48 MB when it is decoded; a handful may be at a time, a hundred may not. */
const kMostMegabytes = 1000;

let browser: Browser;
let service: Service;
const visit = visitsWith(() => browser);

beforeAll(async () => {
  [browser, service] = await Promise.all([startBrowser(), Service.start()]);
});

afterAll(async () => {
  await Promise.all([browser.close(), service.stop()]);
});

/** MB that the largest of the browser's processes for pages holds. */
async function pageMegabytes(): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => {
      try {
        return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1024;
      } catch {
        return 0; // it ended in between
      }
    });
  return Math.max(...sizes);
}

it('do not fill the memory, and the page goes on answering', () =>
  visit(service, async (visitor) => {
    const { page } = visitor;
    const large = made('large.jpg', 3, ['resize', '2.0834'], ['crop', '0', '0', '4000', '2812']);
    await page.evaluate(() => {
      const long: number[] = [];
      Object.assign(window, { long });
      new PerformanceObserver((list) =>
        long.push(...list.getEntries().map((entry) => entry.duration)),
      ).observe({
        type: 'longtask',
      });
    });
    const started = Date.now();
    // Ten at a time: the way into the browser, not the page, takes 50 MB at most.
    for (let first = 0; first < kPhotos; first += 10) {
      const count = Math.min(10, kPhotos - first);
      await visitor.add(
        ...Array.from({ length: count }, (_, index) => ({ ...large, name: `${first + index}.jpg` })),
      );
    }
    let most = 0;
    const done = () => page.evaluate(() => document.querySelectorAll('[data-step=done]').length);
    // While it works, someone reviews the first photo.
    await visitor.reach('0.jpg', 'done');
    await visitor.review('0.jpg');
    await visitor.mark(1).click();
    await page.getByText('2 of 3 faces covered').waitFor();
    await visitor.settled();
    await visitor.back();
    while ((await done()) < kPhotos) {
      most = Math.max(most, await pageMegabytes());
      await page.waitForTimeout(500);
    }
    const seconds = (Date.now() - started) / 1000;
    const long = await page.evaluate(() => (window as unknown as { long: number[] }).long);
    const { bytes } = await visitor.download(page.locator('[data-action=zip]'));
    most = Math.max(most, await pageMegabytes());
    process.stdout.write(
      `${kPhotos} photos of ${Math.round(large.buffer.length / 1e5) / 10} MB in ${Math.round(seconds)} s; ` +
        `the page's process held ${Math.round(most)} MB at most; ` +
        `${long.length} tasks over 50 ms, the longest ${Math.round(Math.max(0, ...long))} ms\n`,
    );
    expect(unzipped(bytes).size).toBe(kPhotos);
    expect(most).toBeLessThan(kMostMegabytes);
  }));
