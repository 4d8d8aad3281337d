// Corrections told from the page, on the real service: what goes over the wire, what is kept, and its end.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demo, kThreeFaces } from './photos';
import { kProgram, Service } from './service';
import { kSmallPhone, startBrowser, visitsWith, type Visitor } from './visitor';

const folder = mkdtempSync(join(tmpdir(), 'face-privacy-feedback-'));
let browser: Browser;
let service: Service;
let without: Service;
const visit = visitsWith(() => browser);

beforeAll(async () => {
  browser = await startBrowser();
  service = await Service.start(['--feedback', join(folder, 'feedback.db')]);
  without = await Service.start();
});

afterAll(async () => {
  await Promise.all([browser.close(), service.stop(), without.stop()]);
  rmSync(folder, { recursive: true });
});

/** Of the database and its log. */
const kept = () =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)).toString('latin1'))
    .join();

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

const panel = ({ page }: Visitor) => page.locator('[data-part=feedback]');

async function downloaded(visitor: Visitor): Promise<void> {
  await visitor.add(demo(3));
  await visitor.reach(kThreeFaces, 'done');
  await visitor.review(kThreeFaces);
  await visitor.settled();
}

interface Report {
  readonly boxes: readonly { action: string; score?: number; best_candidate?: number | null }[];
  readonly candidates: { from: number; passed_over: number[] };
}

describe('corrections', () => {
  it('are told in numbers after a download, with one tick, and erased again', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await downloaded(visitor);
      await visitor.mark(2).click();
      await page.getByRole('radio', { name: 'Draw' }).check();
      await visitor.draw([0.05, 0.72], [0.2, 0.9]);
      await visitor.settled();
      expect(await panel(visitor).count(), 'nobody asks before the download').toBe(0);
      await visitor.downloadReviewed();
      await panel(visitor).waitFor();
      await visitor.check('offer');

      // What is sent can be read first, and is then exactly that.
      await panel(visitor).getByText('What is sent').click();
      const shown = panel(visitor).locator('[data-part=report]');
      await shown.waitFor();
      await panel(visitor).getByLabel('The box left visible is no face').check();
      const text = await shown.inputValue();
      await visitor.check('what is sent');
      const [request] = await Promise.all([
        page.waitForRequest((one) => one.url().endsWith('/v1/feedback') && one.method() === 'POST'),
        panel(visitor).locator('[data-action=send-feedback]').click(),
      ]);
      await panel(visitor).getByText('Sent. Thank you.').waitFor();
      const body = request.postData() ?? '';
      expect(JSON.parse(body)).toEqual(JSON.parse(text));
      expect(body.length).toBeLessThan(4000);
      expect(body).not.toMatch(/sample|jpg|data:|Date|\d{4}-\d\d/);
      const report = JSON.parse(body) as Report;
      expect(report.boxes.map(({ action }) => action).sort()).toEqual([
        'confirmed',
        'confirmed',
        'drawn',
        'removed',
      ]);
      expect(report.candidates.from).toBe(0.05);
      expect(await metric('face_privacy_feedback_reports')).toBe(1);
      await visitor.check('sent');

      const id = (await request.response())?.headers()['location']?.split('/').at(-1) ?? '';
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(kept()).toContain(id);
      await panel(visitor).locator('[data-action=erase-feedback]').click();
      await panel(visitor).getByText('Erased.').waitFor();
      expect(await metric('face_privacy_feedback_reports')).toBe(0);
      expect(kept()).not.toContain(id);
    }));

  it('take pictures along where somebody says so, which the service cannot read', async () => {
    const own = mkdtempSync(join(tmpdir(), 'face-privacy-crops-'));
    const key = join(own, 'crops.key');
    const file = join(own, 'feedback.db');
    execFileSync(kProgram, ['feedback', 'key', 'new', key]);
    const sealing = await Service.start(['--feedback', file, '--feedback-key', `${key}.pub`]);
    try {
      await visit(sealing, async (visitor) => {
        const { page } = visitor;
        await downloaded(visitor);
        await page.getByRole('radio', { name: 'Draw' }).check();
        await visitor.draw([0.05, 0.72], [0.2, 0.9]);
        await visitor.settled();
        await visitor.downloadReviewed();
        await panel(visitor).waitFor();
        const pictures = panel(visitor).locator('[data-part=crops] img');
        expect(await pictures.count(), 'nothing goes along by itself').toBe(0);
        await panel(visitor).locator('[data-action=with-crops]').check();
        await pictures.first().waitFor();
        expect(await pictures.count()).toBe(1);
        await visitor.check('pictures that go along');
        await panel(visitor).locator('[data-action=send-feedback]').click();
        await panel(visitor).getByText('Sent. Thank you.').waitFor();
      });
    } finally {
      await sealing.stop();
    }
    expect(readFileSync(file).toString('latin1')).not.toContain('JFIF');
    const set = join(own, 'set');
    execFileSync(kProgram, ['feedback', 'export', '--feedback', file, '--key', key, '-o', set]);
    const truth = readFileSync(join(set, 'truth.jsonl'), 'utf8').trim().split('\n');
    expect(truth).toHaveLength(1);
    const { image, faces } = JSON.parse(truth[0] ?? '') as { image: string; faces: { box: number[] }[] };
    expect(readFileSync(join(set, image)).subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(faces).toHaveLength(1);
    rmSync(own, { recursive: true });
  });

  it('are offered on a phone, too', () =>
    visit(
      service,
      async (visitor) => {
        await downloaded(visitor);
        await visitor.downloadReviewed();
        await panel(visitor).waitFor();
        await visitor.check('offer on a phone');
        await panel(visitor).locator('[data-action=send-feedback]').check();
        await panel(visitor).getByText('Sent. Thank you.').waitFor();
      },
      kSmallPhone,
    ));

  it('are not asked for where the service takes none', () =>
    visit(without, async (visitor) => {
      await downloaded(visitor);
      await visitor.downloadReviewed();
      await visitor.settled();
      await visitor.page.waitForTimeout(500);
      expect(await panel(visitor).count()).toBe(0);
      expect(visitor.calls).toEqual(['/api/v1/blur']);
    }));
});
