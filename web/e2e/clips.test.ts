// Clips: dropped, covered, looked over, one person kept, downloaded.
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clip, kClip, looked } from './clips';
import { demo, kThreeFaces, unzipped } from './photos';
import { Service } from './service';
import { compared, kPatience, kSmallPhone, startBrowser, visitsWith, type Visitor } from './visitor';

let browser: Browser;
let service: Service;
const visit = visitsWith(() => browser);
const street = clip();

beforeAll(async () => {
  [browser, service] = await Promise.all([startBrowser(), Service.start(['--profile', 'fast'])]);
});

afterAll(async () => {
  await Promise.all([browser.close(), service.stop()]);
});

interface Tracks {
  readonly tracks: readonly {
    readonly id: number;
    readonly best_score: number;
    readonly boxes: number[][];
  }[];
}

/** The clip of three people, done and under review. */
async function underReview(visitor: Visitor): Promise<void> {
  await visitor.add(street);
  await visitor.reach(kClip, 'done');
  await visitor.review(kClip);
}

/** What the page was told about who is where. */
function tracksOf(visitor: Visitor): Promise<Tracks> {
  return visitor.page
    .waitForResponse((answer) => answer.url().endsWith('/tracks') && answer.request().method() === 'GET')
    .then((answer) => answer.json() as Promise<Tracks>);
}

/** Where the next clip's job is. */
async function jobOf({ page }: Visitor): Promise<string> {
  const answer = await page.waitForResponse(
    (one) => one.status() === 202 && one.url().includes('/v1/videos?') && one.request().method() === 'POST',
  );
  const { id } = (await answer.json()) as { id: string };
  return `${new URL(answer.url()).origin}/api/v1/videos/${id}`;
}

/** The server has let go of it, however it was told: the service worker's requests are not the page's. */
async function isGone(job: Promise<string>): Promise<void> {
  const address = await job;
  await expect.poll(async () => (await fetch(address)).status, kPatience).toBe(404);
}

async function coveredAnew(visitor: Visitor): Promise<void> {
  await visitor.page.locator('[data-action=render]').click();
  await visitor.page.locator('.status[data-ready=true][data-step=done]').waitFor();
}

/** The middle of a track's box in a frame, where a redaction is certain. */
function middleOf(track: Tracks['tracks'][number], frame: number) {
  const [, x = 0, y = 0, width = 0, height = 0] = track.boxes.find(([at]) => at === frame) ?? [];
  return { x: x + width * 0.3, y: y + height * 0.3, width: width * 0.4, height: height * 0.4 };
}

const kFrame = 24;

describe('a clip', () => {
  it('keeps its sound, or loses it: a voice tells who somebody is', () =>
    visit(service, async (visitor) => {
      await underReview(visitor);
      expect(looked((await visitor.downloadReviewed()).bytes, kFrame).audio).toBe(true);
      await visitor.page.getByRole('radio', { name: 'None' }).check();
      await coveredAnew(visitor);
      expect(looked((await visitor.downloadReviewed()).bytes, kFrame).audio).toBe(false);
    }));

  it('is in the archive with the photos', () =>
    visit(service, async (visitor) => {
      await visitor.add(street, demo(3));
      await visitor.allDone(2);
      const { bytes } = await visitor.download(visitor.page.locator('[data-action=zip]'));
      const files = unzipped(bytes);
      expect([...files.keys()].sort()).toEqual(['sample3-redacted.jpg', 'street-redacted.mp4']);
      expect(looked(files.get('street-redacted.mp4') ?? Buffer.of(), kFrame).frames).toBe(50);
    }));

  it('is covered, played, reviewed and downloaded as it was decided', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      const told = tracksOf(visitor);
      await visitor.add(street);
      await visitor.reach(kClip, 'done');
      const { tracks } = await told;
      const sure = tracks.filter((track) => track.best_score > 0.9);
      expect(sure).toHaveLength(3);
      await visitor.card(kClip).locator('img').waitFor();

      const all = await visitor.download(visitor.card(kClip).getByRole('button', { name: 'Download' }));
      expect(all.name).toBe('street-redacted.mp4');
      const before = looked(street.buffer, kFrame);
      const covered = looked(all.bytes, kFrame);
      expect([covered.frames, covered.audio]).toEqual([before.frames, true]);
      const boxes = sure.map((track) => middleOf(track, kFrame));
      const first = await compared(browser, before.picture, covered.picture, boxes);
      for (const face of first.inside) expect(face.mean).toBeGreaterThan(12);

      await visitor.review(kClip);
      const player = page.locator('[data-player=result]');
      await player.evaluate((video: HTMLVideoElement) => video.play());
      await page.waitForFunction(() => document.querySelector('video')?.ended === true);
      await page.getByLabel('Show the original beside it').check();
      await page.waitForFunction(
        () => document.querySelector<HTMLVideoElement>('[data-player=original]')?.readyState === 4,
      );

      const kept = sure[0];
      if (!kept) throw new Error('nobody is in the clip');
      const lane = page.locator(`[data-track="${kept.id}"]`);
      await lane.locator('.bar').press('Enter');
      await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 9) < 0.1);
      await lane.getByRole('switch').click();
      expect(await page.locator('[data-action=download]').isDisabled()).toBe(true);
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await page.locator('[data-action=download]').isDisabled()).toBe(false);
      await lane.getByRole('switch').press('Space');
      await page.getByText('Somebody stays visible').waitFor();
      await coveredAnew(visitor);

      const one = looked((await visitor.downloadReviewed()).bytes, kFrame);
      const second = await compared(browser, before.picture, one.picture, boxes);
      const means = second.inside.map(({ mean }) => mean);
      const place = sure.indexOf(kept);
      expect(means[place]).toBeLessThan(8);
      for (const other of means.filter((_, index) => index !== place)) expect(other).toBeGreaterThan(12);
      expect(await visitor.inaccessible()).toEqual([]);
    }));

  it('has a place covered that somebody draws, over the span that is set', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await underReview(visitor);
      await page.getByLabel('Time in the clip').fill('0.4');
      await page.locator('[data-action=draw]').click();
      const screen = await page.locator('.players .screen').boundingBox();
      if (!screen) throw new Error('nothing is shown');
      await page.mouse.move(screen.x + 4, screen.y + 4);
      await page.mouse.down();
      await page.mouse.move(screen.x + screen.width / 6, screen.y + screen.height / 5, { steps: 4 });
      await page.mouse.up();
      await page.getByLabel('Time in the clip').fill('1.2');
      await page.getByRole('button', { name: 'Until here' }).click();
      await coveredAnew(visitor);
      const { bytes } = await visitor.downloadReviewed();
      const corner = { x: 20, y: 20, width: 30, height: 20 };
      const changed: number[] = [];
      for (const frame of [5, 20, 40]) {
        const [before, after] = [looked(street.buffer, frame), looked(bytes, frame)];
        const { inside } = await compared(browser, before.picture, after.picture, [corner]);
        changed.push(inside[0]?.mean ?? 0);
      }
      const [early = 0, within = 0, late = 0] = changed;
      expect(within).toBeGreaterThan(3 * Math.max(early, late));
    }));

  it('has a drawn place covered where it was dragged to', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await underReview(visitor);
      await page.locator('[data-action=draw]').click();
      const screen = await page.locator('.players .screen').boundingBox();
      if (!screen) throw new Error('nothing is shown');
      const at = (x: number, y: number) =>
        [screen.x + screen.width * x, screen.y + screen.height * y] as const;
      const drag = async (from: readonly [number, number], to: readonly [number, number]) => {
        await page.mouse.move(...from);
        await page.mouse.down();
        await page.mouse.move(...to, { steps: 4 });
        await page.mouse.up();
      };
      await drag(at(0.02, 0.02), at(0.15, 0.2));
      await drag(at(0.08, 0.1), at(0.08, 0.6));
      await drag(at(0.15, 0.7), at(0.3, 0.85));
      await coveredAnew(visitor);
      const { bytes } = await visitor.downloadReviewed();
      const [before, after] = [looked(street.buffer, 10), looked(bytes, 10)];
      const place = (x: number, y: number) => ({ x: x * 480 - 10, y: y * 340 - 10, width: 20, height: 20 });
      const places = [place(0.06, 0.1), place(0.08, 0.6), place(0.26, 0.8)];
      const { inside } = await compared(browser, before.picture, after.picture, places);
      const [left = 0, moved = 0, grownTo = 0] = inside.map(({ mean }) => mean);
      expect(moved).toBeGreaterThan(3 * left);
      expect(grownTo).toBeGreaterThan(3 * left);
    }));

  it('goes beside photos, under a neutral name where that is wanted, and from the server when it is removed', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      const job = jobOf(visitor);
      await visitor.add(street, demo(3));
      await visitor.allDone(2);
      await visitor.card(kThreeFaces).waitFor();
      await page.getByText('How faces are covered').click();
      await page.getByLabel('Neutral file names').check();
      const saved = await visitor.download(visitor.card(kClip).getByRole('button', { name: 'Download' }));
      expect(saved.name).toBe('clip-1.mp4');
      await visitor
        .card(kClip)
        .getByRole('button', { name: `Remove ${kClip}` })
        .click();
      await isGone(job);
      await page.getByRole('button', { name: 'Undo' }).click();
      await visitor.reach(kClip, 'done');
    }));

  it('has a place covered by keyboard alone', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await underReview(visitor);
      await page.locator('[data-action=draw]').press('Enter');
      const lane = page.locator('.selected .bar:focus');
      await lane.waitFor();
      for (const key of ['ArrowLeft', 'Shift+ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
      const put = page.waitForRequest((request) => request.method() === 'PUT');
      await coveredAnew(visitor);
      const sent = (await put).postDataJSON() as Tracks;
      expect(sent.tracks.at(-1)?.boxes).toEqual([[0, 197.5 - 8, 127.5 - 8, 85, 93]]);
      await page.locator('.selected .bar').press('Delete');
      await page.locator('.status').getByText('Your changes are not in the clip yet').waitFor();
    }));

  it('that the browser does not play is shown in single pictures, and saved whole', () =>
    visit(service, async (visitor) => {
      await visitor.add(clip('street.avi'));
      await visitor.reach('street.avi', 'done');
      await visitor.review('street.avi');
      const still = visitor.page.getByRole('img', { name: 'The covered clip' });
      await still.waitFor();
      const first = await still.getAttribute('src');
      await visitor.page.getByLabel('Time in the clip').fill('1');
      await visitor.page.waitForFunction(
        (before) => document.querySelector('.players img')?.getAttribute('src') !== before,
        first,
      );
      const { name, bytes } = await visitor.downloadReviewed();
      expect([name, looked(bytes, kFrame).frames]).toEqual(['street-redacted.avi', 50]);
    }));
});

const kScreens: [string, BrowserContextOptions][] = [
  ['a laptop, dark', { colorScheme: 'dark' }],
  ['a small phone', kSmallPhone],
  ['a small phone, from right to left', { ...kSmallPhone, locale: 'ar' }],
  ['400 % zoom', { viewport: { width: 320, height: 256 } }],
  ['forced colors', { forcedColors: 'active' }],
];

describe.each(kScreens)('on %s', (_, options) => {
  it('cards and review have no fault and no side scroll', () =>
    visit(
      service,
      async (visitor) => {
        const { page } = visitor;
        await visitor.add(street);
        await visitor.reach(kClip, 'done');
        await visitor.check('card');
        await visitor.card(kClip).locator('.picture').click();
        await page.getByRole('switch').first().click();
        await page.locator('[data-action=beside]').check();
        await visitor.check('review');
        await page.locator('[data-action=draw]').press('Enter');
        await visitor.check('drawn');
      },
      options,
    ));
});

describe('a clip that does not come through', () => {
  it('is told of in plain words', () =>
    visit(service, async (visitor) => {
      const broken = { ...street, name: 'broken.mp4', buffer: street.buffer.subarray(0, 9000) };
      const text = {
        name: 'text.mp4',
        mimeType: 'video/mp4',
        buffer: Buffer.from('no clip, and no text of use'),
      };
      await visitor.add(broken, text);
      await visitor.card('broken.mp4').getByText('This clip is damaged').waitFor();
      await visitor.card('text.mp4').getByText('This is not a clip').waitFor();
      expect(await visitor.inaccessible()).toEqual([]);
    }));

  it('comes as a photo, and is taken for what it is', () =>
    visit(service, async (visitor) => {
      await visitor.add({ ...street, name: 'renamed.jpg', mimeType: 'image/jpeg' });
      await visitor.reach('renamed.jpg', 'done');
      await visitor.page.getByRole('heading', { level: 1, name: '1 clip' }).waitFor();
    }));

  it('comes to a server that takes photos only', () =>
    visit(service, async (visitor) => {
      await visitor.page.route('**/v1/videos?*', (route) => route.fulfill({ status: 404 }));
      await visitor.add(street);
      await visitor.card(kClip).getByText('This is a film').waitFor();
      await visitor.card(kClip).getByText('This server takes photos only').waitFor();
    }));

  it('is too large, or one too many, which passes by itself', async () => {
    const limits = [
      '--profile',
      'fast',
      '--video-jobs',
      '1',
      '--max-video-body',
      String(street.buffer.length),
    ];
    const small = await Service.start(limits);
    try {
      await visit(small, async (visitor) => {
        const large = {
          ...street,
          name: 'large.mp4',
          buffer: Buffer.concat([street.buffer, Buffer.alloc(100)]),
        };
        await visitor.add(large);
        await visitor.card('large.mp4').getByText('This clip is too large').waitFor();
        await visitor.add(street, { ...street, name: 'second.mp4' });
        await visitor.card('second.mp4').getByText('The server has all the clips it can take').waitFor();
        await visitor.reach(kClip, 'done');
        await visitor
          .card(kClip)
          .getByRole('button', { name: `Remove ${kClip}` })
          .click();
        await visitor.reach('second.mp4', 'done');
      });
    } finally {
      await small.stop('SIGKILL');
    }
  });

  it('that a restarted server has lost is sent anew, with its decisions', async () => {
    const first = await Service.start(['--profile', 'fast']);
    const { port } = first;
    let second: Service | undefined;
    try {
      await visit(first, async (visitor) => {
        await underReview(visitor);
        await first.stop('SIGKILL');
        second = await Service.start(['--profile', 'fast'], port);
        await visitor.page.getByRole('switch').first().click();
        await visitor.page.locator('[data-action=render]').click();
        await visitor.page.locator('.status').getByText('The server no longer has this clip').waitFor();
        await coveredAnew(visitor);
        await visitor.page.locator('.status').getByText('2 of 3 people covered').waitFor(kPatience);
      });
    } finally {
      await first.stop('SIGKILL');
      await second?.stop('SIGKILL');
    }
  });

  it('is stopped while it is worked on, and the server forgets it', () =>
    visit(service, async (visitor) => {
      const job = jobOf(visitor);
      await visitor.add(clip('long.mp4', { seconds: 30, width: 640, height: 450 }));
      await visitor.reach('long.mp4', 'analyzing');
      await visitor.card('long.mp4').getByRole('button', { name: 'Cancel' }).click();
      await visitor.reach('long.mp4', 'cancelled');
      await isGone(job);
    }));

  it('is let go of when the page is left, though a service worker stands in between', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      const job = jobOf(visitor);
      await visitor.add(street);
      await visitor.reach(kClip, 'done');
      expect((await fetch(await job)).status).toBe(200);
      page.on('dialog', (dialog) => void dialog.accept());
      await page.goto(`${service.url}/livez`);
      await isGone(job);
    }));
});
