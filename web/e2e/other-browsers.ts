// The way from a photo to its download, in the browsers that the other tests do not use: Firefox, which
// Playwright leads by WebDriver BiDi, and WebKit.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firefox, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignForm } from './foreign';
import { made, unzipped } from './photos';
import { Service } from './service';
import { compared, kPatience, startBrowser, Visitor } from './visitor';
import { hasWebKit, WebKit } from './webkit';

const kFirefox = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';

let chromium: Browser;
let service: Service;
const folder = mkdtempSync(join(tmpdir(), 'face-privacy-browsers-'));

beforeAll(async () => {
  [chromium, service] = await Promise.all([startBrowser(), Service.start()]);
});

afterAll(async () => {
  await Promise.all([chromium.close(), service.stop()]);
  rmSync(folder, { recursive: true });
});

const smallPng = () => made('three.png', 3, ['resize', '0.4']);
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The first face is left, the other two are covered. */
async function checkDownload(bytes: Buffer, boxes: readonly Box[]): Promise<void> {
  const { inside } = await compared(chromium, smallPng().buffer, bytes, boxes);
  expect(inside.map(({ most }) => most > 0)).toEqual([false, true, true]);
  for (const face of inside.slice(1)) expect(face.mean).toBeGreaterThan(8);
}

describe.skipIf(!existsSync(kFirefox))('Firefox', () => {
  const downloads = join(folder, 'firefox');
  let browser: Browser;

  beforeAll(async () => {
    browser = await firefox.launch({
      channel: 'moz-firefox',
      executablePath: kFirefox,
      downloadsPath: downloads,
    });
  });
  afterAll(() => browser.close());

  /** With as many photos of three faces, all done. */
  async function visit(photos: number, does: (visitor: Visitor) => Promise<void>): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
    try {
      const visitor = new Visitor(await context.newPage(), service.url);
      await visitor.open();
      const files = Array.from({ length: photos }, (_, index) => join(folder, `${index + 1}.png`));
      for (const file of files) writeFileSync(file, smallPng().buffer);
      await visitor.page.setInputFiles('[data-picker=photos]', files);
      await visitor.allDone(photos);
      await does(visitor);
      expect(await visitor.faults()).toEqual([]);
    } finally {
      await context.close();
    }
  }

  /** What `press` brings to the disk. Playwright hears of no download whose address is a blob's. */
  async function downloaded(ending: string, press: () => Promise<void>): Promise<Buffer> {
    const saved = () =>
      (existsSync(downloads) ? readdirSync(downloads) : []).filter((name) => name.endsWith(ending));
    const before = saved();
    await press();
    const added = () => saved().filter((name) => !before.includes(name));
    await expect.poll(added, kPatience).toHaveLength(1);
    const file = join(downloads, added()[0] ?? '');
    let size = -1;
    // It grows until all of it is there.
    const grown = () => size === (size = statSync(file).size) && size > 0;
    await expect.poll(grown, { ...kPatience, interval: 500 }).toBe(true);
    return readFileSync(file);
  }

  const reviewing = async (visitor: Visitor) => {
    await visitor.review('1.png');
    await visitor.settled();
  };

  it('uploads, reviews and downloads', () =>
    visit(1, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor);
      await visitor.mark(1).click();
      await page.getByText('2 of 3 faces covered').waitFor();
      await visitor.settled();
      const boxes = await Promise.all([1, 2, 3].map((number) => visitor.boxOf(visitor.mark(number))));
      await checkDownload(
        await downloaded('.png', () => page.locator('[data-action=download]').click()),
        boxes,
      );
    }));

  it('draws boxes and strokes, takes them back and brings them again, and compares', () =>
    visit(1, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor);
      await page.getByRole('radio', { name: 'Draw' }).check();
      await visitor.draw([0.05, 0.75], [0.2, 0.95]);
      const shown = (text: string) => page.locator('.view .state').getByText(text).waitFor();
      await shown('4 areas covered');
      await page.keyboard.press('f');
      await visitor.draw([0.4, 0.8], [0.7, 0.9]);
      await shown('5 areas covered');
      await page.keyboard.press('Control+z');
      await shown('4 areas covered');
      await page.keyboard.press('Control+z');
      await shown('3 faces covered');
      await page.keyboard.press('Control+Shift+z');
      await shown('4 areas covered');
      await visitor.settled();
      await page.getByRole('radio', { name: 'Compare' }).check();
      const slider = page.getByRole('slider', { name: 'Share of the original shown' });
      const before = Number(await slider.getAttribute('aria-valuenow'));
      await slider.press('ArrowRight');
      expect(Number(await slider.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
      expect(await visitor.inaccessible()).toEqual([]);
    }));

  it('is led by keys alone', () =>
    visit(2, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor);
      await page.keyboard.press('n');
      await page.keyboard.press('Space');
      await page.getByText('2 of 3 faces covered').first().waitFor();
      const before = await visitor.boxOf(visitor.mark(1));
      await page.keyboard.press('Shift+ArrowRight');
      await page.keyboard.press('ArrowDown');
      await expect
        .poll(async () => (await visitor.boxOf(visitor.mark(1))).width, kPatience)
        .toBeGreaterThan(before.width);
      await page.keyboard.press('j');
      await page.getByRole('heading', { level: 1, name: '2.png' }).waitFor();
      await page.keyboard.press('k');
      await page.getByRole('heading', { level: 1, name: '1.png' }).waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByRole('dialog').count(), kPatience).toBe(0);
      await page.keyboard.press('Escape');
      await page.locator('#photos-heading').waitFor();
    }));

  it('packs all photos into one archive', () =>
    visit(2, async (visitor) => {
      const archive = await downloaded('.zip', () => visitor.page.locator('[data-action=zip]').click());
      expect([...unzipped(archive).keys()].sort()).toEqual(['1-redacted.png', '2-redacted.png']);
    }));

  it('speaks another language, from right to left too', () =>
    visit(1, async (visitor) => {
      const { page } = visitor;
      const language = page.locator('nav select');
      await language.selectOption('de');
      await page.getByRole('button', { name: 'Fotos hinzufügen' }).waitFor();
      await language.selectOption('ar');
      await page.locator('html[lang=ar][dir=rtl]').waitFor({ state: 'attached' });
      await visitor.check('Arabic');
      await language.selectOption('en');
      await page.getByRole('button', { name: 'Add photos' }).waitFor();
    }));

  it('asks before it takes what another site posts', async () => {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(service.url);
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      const foreign = createServer((_, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end(foreignForm(`${service.url}/share`));
      });
      await new Promise<void>((listening) => foreign.listen(0, '127.0.0.1', listening));
      try {
        const other = await context.newPage();
        await other.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
        await other.getByText('was handed to this page from elsewhere').waitFor();
        expect(await other.locator('li.card').count()).toBe(0);
      } finally {
        foreign.close();
      }
    } finally {
      await context.close();
    }
  });
});

describe.skipIf(!hasWebKit())('WebKit', () => {
  it('uploads, reviews and downloads', async () => {
    const photo = join(folder, 'three.png');
    writeFileSync(photo, smallPng().buffer);
    const browser = await WebKit.start();
    try {
      await browser.open(service.url);
      await browser.waitFor('[data-picker=photos]');
      await browser.run(`
        window.faults = [];
        addEventListener('securitypolicyviolation', (event) => faults.push(event.violatedDirective));
        addEventListener('error', (event) => faults.push(event.message));
        // What goes to the disk is what its address holds; the page's policy lets nobody fetch that.
        const blobs = new Map();
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          const url = make.call(URL, blob);
          blobs.set(url, blob);
          return url;
        };
        addEventListener('click', (event) => {
          const link = event.target.closest?.('a[download]');
          if (link) window.saved = { name: link.download, blob: blobs.get(link.href) };
        }, true);
      `);
      await browser.choose('[data-picker=photos]', photo);
      await browser.waitFor('li.card[data-step=done]');
      await browser.click('li.card .picture');
      await browser.waitFor('[data-action=download]:enabled');
      await browser.click('.stage .mark');
      await browser.waitFor('.stage .mark.left');
      await browser.waitFor('.state[data-step=done]');
      await browser.waitFor('[data-action=download]:enabled');
      const boxes = await browser.run<Box[]>(`
        const picture = document.querySelector('.stage .picture');
        const frame = picture.getBoundingClientRect();
        const scale = picture.offsetWidth / frame.width;
        return [...document.querySelectorAll('.stage .mark .line')].map((line) => {
          const { left, top, width, height } = line.getBoundingClientRect();
          return { x: (left - frame.left) * scale, y: (top - frame.top) * scale,
                   width: width * scale, height: height * scale };
        });`);
      await browser.click('[data-action=download]');
      const saved = await browser.later<{ name: string; base64: string }>(`
        const done = arguments[arguments.length - 1];
        const { name, blob } = window.saved;
        blob.arrayBuffer().then((bytes) => {
          let text = '';
          for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
          done({ name, base64: btoa(text) });
        }, (error) => done({ name: String(error), base64: '' }));`);
      expect(saved.name).toBe('three-redacted.png');
      await checkDownload(Buffer.from(saved.base64, 'base64'), boxes);
      expect(await browser.run('return window.faults')).toEqual([]);
    } finally {
      await browser.stop();
    }
  });
});
