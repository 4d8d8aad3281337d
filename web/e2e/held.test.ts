// A photo under review that the service holds: sent once, sent anew without a word where it is gone, and let
// go of when nobody needs it.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { made } from './photos';
import { Service } from './service';
import { kPatience, startBrowser, visitsWith, type Visitor } from './visitor';

let browser: Browser;
let service: Service;
const visit = visitsWith(() => browser);
const kHolds = ['--hold-photos', '600'];

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  service = await Service.start(kHolds);
});
afterEach(() => service.stop());

const photo = () => made('three.png', 3, ['resize', '0.4']);

async function metric(name: string): Promise<number> {
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  return Number(new RegExp(`^face_privacy_${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
}

const heldPhotos = () => metric('held_photos');
const received = () => metric('received_bytes_total');

async function leave(visitor: Visitor, number: number): Promise<void> {
  await visitor.mark(number).click();
  await visitor.page.locator('[data-action=download]:disabled').waitFor();
  await visitor.settled();
}

describe('a photo that the service holds', () => {
  it('goes over the line once, however much is decided', () =>
    visit(service, async (visitor) => {
      const upload = photo();
      await visitor.add(upload);
      await visitor.reach(upload.name, 'done');
      const first = await received();
      expect(first).toBeGreaterThanOrEqual(upload.buffer.length);
      await visitor.review(upload.name);
      await leave(visitor, 1);
      await leave(visitor, 2);
      await visitor.page.getByRole('radio', { name: 'Thorough' }).check();
      await visitor.settled();
      expect(visitor.calls.length).toBeGreaterThan(3);
      expect((await received()) - first).toBeLessThan(2000 * visitor.calls.length);
      expect(await heldPhotos()).toBe(1);
    }));

  it('is sent anew where the service lost it, and nobody notices', () =>
    visit(service, async (visitor) => {
      const upload = photo();
      await visitor.add(upload);
      await visitor.reach(upload.name, 'done');
      await visitor.review(upload.name);
      await leave(visitor, 1);
      const { port } = service;
      await service.stop();
      service = await Service.start(kHolds, port);
      await leave(visitor, 2);
      expect(await received()).toBeGreaterThan(upload.buffer.length);
      await leave(visitor, 3);
      expect(await received()).toBeLessThan(2 * upload.buffer.length);
      expect(await visitor.page.getByRole('alert').count()).toBe(0);
      expect(await heldPhotos()).toBe(1);
    }));

  it('is let go of when it is removed, and when the page is left', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      // Which would stand between the page's end and the service.
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      for (const number of [1, 2]) {
        const upload = { ...photo(), name: `${number}.png` };
        await visitor.add(upload);
        await visitor.reach(upload.name, 'done');
      }
      expect(await heldPhotos()).toBe(2);
      await page.getByRole('button', { name: 'Remove 1.png' }).click();
      await expect.poll(heldPhotos, kPatience).toBe(1);
      // What was decided about a photo that comes back is covered anew, and so is the photo sent.
      await page.getByRole('button', { name: 'Undo' }).click();
      await visitor.review('1.png');
      await leave(visitor, 1);
      expect(await heldPhotos()).toBe(2);
      page.on('dialog', (dialog) => void dialog.accept());
      await page.goto(`${service.url}/livez`);
      await expect.poll(heldPhotos, kPatience).toBe(0);
    }));
});
