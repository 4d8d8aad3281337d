// Someone who uses the page, and whoever looks over the shoulder: what no visit may ever cause is
// checked at the end of each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import type { Upload } from './photos';
import { Service } from './service';

const kAxe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class Visitor {
  readonly page: Page;
  readonly #origin: string;
  readonly #faults: string[] = [];
  /** Status of every answer of the service, in order. */
  readonly statuses: number[] = [];
  /** Path of every call of the service, in order. */
  readonly calls: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
    page.on('pageerror', (error) => this.#faults.push(`error in the page: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.#note(message.text());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !url.startsWith(`blob:${origin}/`)) {
        this.#faults.push(`request to another origin: ${url}`);
      }
      if (request.method() === 'POST') this.calls.push(new URL(url).pathname);
    });
    page.on('response', (response) => this.statuses.push(response.status()));
  }

  #note(text: string): void {
    // Chromium itself reports every answer above 399, and those that never came; the page is not at fault.
    if (text.startsWith('Failed to load resource:')) return;
    this.#faults.push(`console: ${text}`);
  }

  async open(): Promise<void> {
    await this.page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { violations: seen });
      addEventListener('securitypolicyviolation', (event) =>
        seen.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile} ${event.lineNumber}`),
      );
    });
    await this.page.goto(this.#origin);
  }

  async faults(): Promise<string[]> {
    const violations = await this.page.evaluate(
      () => (window as unknown as { violations: string[] }).violations,
    );
    return [...this.#faults, ...violations];
  }

  async add(...photos: Upload[]): Promise<void> {
    await this.page.setInputFiles('[data-picker=photos]', photos);
  }

  card(name: string): Locator {
    return this.page.locator(`[data-name="${name}"]`);
  }

  /** Waits until a photo has come to a step. */
  async reach(name: string, step: string): Promise<void> {
    await this.page.locator(`[data-name="${name}"][data-step="${step}"]`).waitFor();
  }

  async allDone(count: number, timeout = 240_000): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => document.querySelectorAll('[data-step=done]').length === wanted,
      count,
      { timeout },
    );
  }

  async review(name: string): Promise<void> {
    await this.card(name)
      .getByRole('button', { name: `Review ${name}` })
      .click();
    await this.page.getByRole('heading', { level: 1, name }).waitFor();
  }

  /** The picture on the stage is the one for the decisions as they are. */
  async settled(): Promise<void> {
    await this.page.locator('.state[data-step=done]').waitFor({ state: 'attached' });
    await this.page.locator('[data-action=download]:enabled').waitFor();
  }

  async back(): Promise<void> {
    await this.page.getByRole('button', { name: 'Back to all photos' }).click();
    await this.page.locator('#photos-heading').waitFor();
  }

  mark(number: number): Locator {
    return this.page.locator('.stage .mark').nth(number - 1);
  }

  /** Where a box is, in pixels of the picture. */
  async boxOf(mark: Locator): Promise<Box> {
    const line = await mark.locator('.line').boundingBox();
    const picture = await this.page.locator('.stage .picture').boundingBox();
    const width = await this.page.evaluate(
      () => document.querySelector<HTMLElement>('.stage .picture')?.offsetWidth ?? 0,
    );
    if (!line || !picture) throw new Error('nothing is shown');
    const scale = width / picture.width;
    return {
      x: (line.x - picture.x) * scale,
      y: (line.y - picture.y) * scale,
      width: line.width * scale,
      height: line.height * scale,
    };
  }

  /** Draws from one share of the shown picture to another. */
  async draw(from: [number, number], to: [number, number]): Promise<void> {
    const picture = await this.page.locator('.stage .picture').boundingBox();
    if (!picture) throw new Error('nothing is shown');
    const { mouse } = this.page;
    await mouse.move(picture.x + picture.width * from[0], picture.y + picture.height * from[1]);
    await mouse.down();
    await mouse.move(picture.x + picture.width * to[0], picture.y + picture.height * to[1], { steps: 6 });
    await mouse.up();
  }

  async download(button: Locator): Promise<{ name: string; bytes: Buffer }> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), button.click()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }

  downloadReviewed(): Promise<{ name: string; bytes: Buffer }> {
    return this.download(this.page.locator('[data-action=download]'));
  }

  /** Faults of the kind that keeps people out. */
  async inaccessible(): Promise<string[]> {
    // While something still fades in, its contrast is not what it will be.
    await this.page.evaluate(() =>
      Promise.all(
        document
          .getAnimations()
          .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime))
          .map((one) => one.finished.catch(() => undefined)),
      ),
    );
    await this.page.evaluate(kAxe);
    const results = await this.page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: {
          run(): Promise<{
            violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
          }>;
        };
      };
      return (await axe.run()).violations;
    });
    return results
      .filter(({ impact }) => impact === 'serious' || impact === 'critical' || impact === 'moderate')
      .map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  }

  /** Nothing keeps people out, and nothing is beside the screen. */
  async check(state: string): Promise<void> {
    expect(await this.inaccessible(), state).toEqual([]);
    const beside = await this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(beside, `${state}: side scroll`).toBe(0);
  }
}

/** As small as phones are. */
export const kSmallPhone: BrowserContextOptions = {
  viewport: { width: 360, height: 640 },
  hasTouch: true,
  isMobile: true,
};

/** Waiting ends with what is waited for; a machine with much else to do may need long. */
const kPatienceMs = 120_000;
export const kPatience = { timeout: kPatienceMs };

export type Visit = (
  service: Service,
  does: (visitor: Visitor) => Promise<void>,
  options?: BrowserContextOptions,
) => Promise<void>;

/** A browser and a service from here to the end of a file's tests. */
export async function withService(): Promise<{ browser: Browser; service: Service; visit: Visit }> {
  const [browser, service] = await Promise.all([startBrowser(), Service.start()]);
  afterAll(() => Promise.all([browser.close(), service.stop()]));
  return { browser, service, visit: visitsWith(() => browser) };
}

export function visitsWith(browser: () => Browser): Visit {
  return async (service, does, options = {}) => {
    const context = await browser().newContext({ viewport: { width: 1280, height: 800 }, ...options });
    try {
      context.setDefaultTimeout(kPatienceMs);
      const visitor = new Visitor(await context.newPage(), service.url);
      await visitor.open();
      await does(visitor);
      expect(await visitor.faults()).toEqual([]);
    } finally {
      await context.close();
    }
  };
}

export interface Difference {
  /** 0..255: the largest of any channel, and the mean of all. */
  readonly most: number;
  readonly mean: number;
}

/** Decodes two files in the browser and tells how far apart they are, inside each box and outside all. */
export async function compared(
  browser: Browser,
  before: Buffer,
  after: Buffer,
  boxes: readonly Box[],
): Promise<{ width: number; height: number; inside: Difference[]; outside: Difference }> {
  const page = await browser.newPage();
  try {
    return await page.evaluate(
      async ([first, second, regions]) => {
        const decode = async (base64: string) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes]));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          const context = canvas.getContext('2d');
          if (!context) throw new Error('no canvas');
          context.drawImage(bitmap, 0, 0);
          return context.getImageData(0, 0, bitmap.width, bitmap.height);
        };
        const [a, b] = [await decode(first), await decode(second)];
        if (a.width !== b.width || a.height !== b.height) {
          throw new Error(`${a.width} x ${a.height} became ${b.width} x ${b.height}`);
        }
        const all = [...regions.map(() => ({ most: 0, sum: 0, count: 0 })), { most: 0, sum: 0, count: 0 }];
        for (let y = 0; y < a.height; y += 1) {
          for (let x = 0; x < a.width; x += 1) {
            const region = regions.findIndex(
              (box) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height,
            );
            const into = all.at(region === -1 ? all.length - 1 : region);
            if (!into) continue;
            for (let channel = 0; channel < 3; channel += 1) {
              const at = 4 * (y * a.width + x) + channel;
              const apart = Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
              into.most = Math.max(into.most, apart);
              into.sum += apart;
              into.count += 1;
            }
          }
        }
        const differences = all.map(({ most, sum, count }) => ({ most, mean: count ? sum / count : 0 }));
        const outside = differences.pop() ?? { most: 0, mean: 0 };
        return { width: a.width, height: a.height, inside: differences, outside };
      },
      [before.toString('base64'), after.toString('base64'), [...boxes]] as const,
    );
  } finally {
    await page.close();
  }
}

/** A box, larger by `share` of its sides on each side: what redaction may touch. */
export function grown(box: Box, share: number): Box {
  return {
    x: box.x - box.width * share,
    y: box.y - box.height * share,
    width: box.width * (1 + 2 * share),
    height: box.height * (1 + 2 * share),
  };
}
