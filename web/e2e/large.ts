// A hundred photos of 12 megapixels: minutes of work, so it belongs to `make verify`.
import { linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
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

/** The photos as files: the page is handed files by a browser, not their bytes by a script. */
function filesOf(photo: Buffer, folder: string): string[] {
  const first = join(folder, '0.jpg');
  writeFileSync(first, photo);
  const others = Array.from({ length: kPhotos - 1 }, (_, index) => join(folder, `${index + 1}.jpg`));
  for (const path of others) linkSync(first, path);
  return [first, ...others];
}

interface Task {
  readonly start: number;
  readonly ms: number;
}

it('do not fill the memory, and the page goes on answering', () =>
  visit(service, async (visitor) => {
    const { page } = visitor;
    const large = made(
      'large.jpg',
      3,
      ['resize', '2.0834'],
      ['crop', '0', '0', '4000', '2812'],
      ['jpegsave', '--Q', '98'],
    ).buffer;
    const folder = mkdtempSync(join(tmpdir(), 'large-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await page.evaluate(() => {
      const tasks: Task[] = [];
      Object.assign(window, { tasks });
      new PerformanceObserver((list) =>
        tasks.push(
          ...list.getEntries().map(({ startTime, duration }) => ({ start: startTime, ms: duration })),
        ),
      ).observe({ type: 'longtask' });
    });
    const phases: { name: string; start: number }[] = [];
    const enter = async (name: string) => {
      phases.push({ name, start: await page.evaluate(() => performance.now()) });
    };
    const started = Date.now();
    await enter('adding them');
    await page.setInputFiles('[data-picker=photos]', filesOf(large, folder));
    await enter('before the first is done');
    await visitor.reach('0.jpg', 'done');
    // While it works, someone reviews the first photo.
    await enter('reviewing one');
    await visitor.review('0.jpg');
    await visitor.mark(1).click();
    await page.getByText('2 of 3 faces covered').waitFor();
    await visitor.settled();
    await visitor.back();
    await enter('working');
    let most = 0;
    const done = () => page.evaluate(() => document.querySelectorAll('[data-step=done]').length);
    while ((await done()) < kPhotos) {
      most = Math.max(most, await pageMegabytes());
      await page.waitForTimeout(500);
    }
    const seconds = (Date.now() - started) / 1000;
    await enter('saving them as a zip');
    const { bytes } = await visitor.download(page.locator('[data-action=zip]'));
    most = Math.max(most, await pageMegabytes());
    const tasks = await page.evaluate(() => (window as unknown as { tasks: Task[] }).tasks);
    process.stdout.write(
      `${kPhotos} photos of ${Math.round(large.length / 1e5) / 10} MB in ${Math.round(seconds)} s; ` +
        `the page's process held ${Math.round(most)} MB at most\n`,
    );
    for (const [index, { name, start }] of phases.entries()) {
      const end = phases[index + 1]?.start ?? Infinity;
      const long = tasks
        .filter((task) => task.start >= start && task.start < end)
        .map(({ ms }) => Math.round(ms));
      process.stdout.write(`${name}: tasks over 50 ms: ${long.join(', ') || 'none'}\n`);
    }
    expect(unzipped(bytes).size).toBe(kPhotos);
    expect(most).toBeLessThan(kMostMegabytes);
  }));
