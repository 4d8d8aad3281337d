// A photo's receipt as the page saves it, checked by the program with the service's published keys.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clip, kClip } from './clips';
import { demo, kThreeFaces } from './photos';
import { kProgram, Service } from './service';
import { kSmallPhone, startBrowser, visitsWith, type Visitor } from './visitor';

const folder = mkdtempSync(join(tmpdir(), 'face-privacy-receipts-'));
let browser: Browser;
let service: Service;
let without: Service;
const visit = visitsWith(() => browser);

beforeAll(async () => {
  browser = await startBrowser();
  const key = join(folder, 'receipts.key');
  execFileSync(kProgram, ['key', 'new', key]);
  service = await Service.start(['--signing-key', key]);
  without = await Service.start();
});

afterAll(async () => {
  await Promise.all([browser.close(), service.stop(), without.stop()]);
  rmSync(folder, { recursive: true });
});

const panel = ({ page }: Visitor) => page.locator('[data-part=receipt]');

async function opened(visitor: Visitor): Promise<void> {
  await visitor.add(demo(3));
  await visitor.reach(kThreeFaces, 'done');
  await visitor.review(kThreeFaces);
  await visitor.settled();
}

/** Saves the receipt, then the photo; both as they lie on the visitor's disk. */
async function savedPair(visitor: Visitor): Promise<{ photo: string; receipt: string }> {
  const [download] = await Promise.all([
    visitor.page.waitForEvent('download'),
    panel(visitor).locator('[data-action=save-receipt]').click(),
  ]);
  const receipt = join(folder, download.suggestedFilename());
  await download.saveAs(receipt);
  const { name, bytes } = await visitor.downloadReviewed();
  const photo = join(folder, name);
  writeFileSync(photo, bytes);
  return { photo, receipt };
}

async function verified(photo: string, receipt: string): Promise<string> {
  const keys = join(folder, 'keys.json');
  const answer = await fetch(`${service.url}/.well-known/face-privacy-keys.json`);
  writeFileSync(keys, await answer.text());
  return execFileSync(kProgram, ['verify', photo, receipt, '--key', keys]).toString();
}

describe('a receipt', () => {
  for (const [look, place] of [
    ['as it is covered at first', undefined],
    ['covered by a mosaic, whose noise is fresh', 'Pixelate'],
  ] as const) {
    it(`is saved beside the photo, ${look}`, () =>
      visit(service, async (visitor) => {
        await opened(visitor);
        if (place) {
          await visitor.page.getByRole('radio', { name: place }).check();
          await visitor.settled();
          await visitor.downloadReviewed();
        }
        const { photo, receipt } = await savedPair(visitor);
        expect(receipt).toBe(`${photo}.receipt.jws`);
        await panel(visitor).getByText('nothing shows under what is covered').waitFor();
        expect(await panel(visitor).getByText('made anew').count()).toBe(0);
        await visitor.check('receipt');
        const told = await verified(photo, receipt);
        expect(told).toContain('"verdict":"pass"');
        expect(told).toContain('"drawn":3');
        expect(told).toContain('"reviewed":true');
      }));
  }

  it('says so where the photo that was saved before is another', () =>
    visit(
      service,
      async (visitor) => {
        await opened(visitor);
        await visitor.page.getByRole('radio', { name: 'Pixelate' }).check();
        await visitor.settled();
        await visitor.downloadReviewed();
        await panel(visitor).locator('[data-action=save-receipt]').click();
        await panel(visitor).getByText('made anew').waitFor();
        await visitor.check('receipt on a phone');
      },
      kSmallPhone,
    ));

  it('is saved beside a clip, which is covered anew for it', () =>
    visit(service, async (visitor) => {
      await visitor.add(clip());
      await visitor.reach(kClip, 'done');
      await visitor.review(kClip);
      const { photo, receipt } = await savedPair(visitor);
      expect(receipt).toBe(`${photo}.receipt.jws`);
      await panel(visitor).getByText('nothing shows under what is covered').waitFor();
      await visitor.check('receipt of a clip');
      expect(await verified(photo, receipt)).toContain('"verdict":"pass"');
    }));

  it('is not offered where the service cannot sign', () =>
    visit(without, async (visitor) => {
      await opened(visitor);
      expect(await panel(visitor).count()).toBe(0);
    }));
});
