// What one waits for on a slow line: the page, a decision on the screen, the server's bytes for it. Figures, which
// depend on the machine, so nothing here can fail for them.
import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { made } from './photos';
import { Service } from './service';
import { startBrowser, visitsWith, type Visitor } from './visitor';

/** What a phone has in the country: bytes a second, ms. */
const kLine = { uploadThroughput: 1e6 / 8, downloadThroughput: 8e6 / 8, latency: 400 };
const kDecisions = 9;
/** "Slow 4G" on a phone with a quarter of this machine's speed. */
const kSlow4G = { uploadThroughput: 750e3 / 8, downloadThroughput: 1.6e6 / 8, latency: 150 };
const kSlowness = 4;
const kVisits = 9;

let browser: Browser;
const visit = visitsWith(() => browser);

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

/** The browser's own account of each press: ms from it to the next picture on the screen. */
async function watchPresses({ page }: Visitor): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const presses = new Map<number, number>();
    Object.assign(window, { presses });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[]) {
        const id = (entry as PerformanceEventTiming & { interactionId: number }).interactionId;
        if (id > 0) presses.set(id, Math.max(presses.get(id) ?? 0, entry.duration));
      }
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
  });
  return () =>
    page.evaluate(() => [...(window as unknown as { presses: Map<number, number> }).presses.values()]);
}

function told(name: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  process.stdout.write(`${name}: median ${at(0.5)} ms, most ${at(1)} ms\n`);
}

it('a first visit', async () => {
  const service = await Service.start();
  const firsts: number[] = [];
  const largest: number[] = [];
  try {
    for (let visits = 0; visits < kVisits; visits += 1) {
      const context = await browser.newContext({ viewport: { width: 360, height: 740 }, isMobile: true });
      const page = await context.newPage();
      const line: CDPSession = await context.newCDPSession(page);
      await line.send('Network.emulateNetworkConditions', { offline: false, ...kSlow4G });
      await line.send('Emulation.setCPUThrottlingRate', { rate: kSlowness });
      await page.goto(service.url);
      await page.getByRole('heading', { level: 1 }).waitFor();
      const seen = await page.evaluate(async () => ({
        largest: await new Promise<number>((resolve) =>
          new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? Infinity)).observe(
            {
              type: 'largest-contentful-paint',
              buffered: true,
            },
          ),
        ),
        first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
        requests: performance.getEntriesByType('resource').filter(({ name }) => /\.(js|css)$/.test(name))
          .length,
      }));
      firsts.push(seen.first);
      largest.push(seen.largest);
      await context.close();
    }
  } finally {
    await service.stop();
  }
  process.stdout.write('\na first visit\n');
  told('something is to be seen after', firsts);
  told('the page is there after', largest);
  expect(firsts).toHaveLength(kVisits);
});

it.each([
  ['each decision sends the photo', []],
  ['the service holds it', ['--hold-photos', '600']],
])('%s', async (name, options) => {
  const service = await Service.start(options);
  try {
    await visit(service, async (visitor) => {
      const { page } = visitor;
      const photo = made(
        'crowd.jpg',
        3,
        ['resize', '0.7'],
        ['replicate', '3', '3'],
        ['jpegsave', '--Q', '80'],
      );
      await visitor.add(photo);
      await visitor.reach(photo.name, 'done');
      await visitor.review(photo.name);
      await visitor.settled();
      const line: CDPSession = await page.context().newCDPSession(page);
      await line.send('Network.emulateNetworkConditions', { offline: false, ...kLine });
      const presses = await watchPresses(visitor);
      const bytes: number[] = [];
      for (let number = 1; number <= kDecisions; number += 1) {
        const before = Date.now();
        await visitor.mark(number).click();
        await page.locator('[data-action=download]:disabled').waitFor();
        await visitor.settled();
        bytes.push(Date.now() - before);
      }
      const size = (photo.buffer.length / 1e6).toFixed(1);
      process.stdout.write(`\n${name} (${size} MB, 11 MP, 27 faces)\n`);
      told('a decision shows after', await presses());
      told("the server's bytes are there after", bytes);
      expect(bytes).toHaveLength(kDecisions);
    });
  } finally {
    await service.stop();
  }
});
