// What one draws beside boxes, and how sure the search must be.
import { describe, expect, it } from 'vitest';
import { made, withoutFaces, type Upload } from './photos';
import { compared, kPatience, type Visitor, withService } from './visitor';

const { browser, service, visit } = await withService();

/** Of some faces the search is hardly sure. */
const tinyCrowd = () => made('crowd.jpg', 3, ['resize', '0.06'], ['replicate', '3', '3']);
const smallPng = () => made('three.png', 3, ['resize', '0.4']);

async function reviewing(visitor: Visitor, photo: Upload): Promise<void> {
  await visitor.add(photo);
  await visitor.reach(photo.name, 'done');
  await visitor.review(photo.name);
  await visitor.settled();
}

async function takeBrush({ page }: Visitor, size?: number): Promise<void> {
  await page.getByRole('radio', { name: 'Draw' }).check();
  await page.getByRole('radio', { name: 'Brush' }).check();
  if (size !== undefined) await page.getByRole('slider', { name: 'Size of the brush' }).fill(String(size));
}

const state = ({ page }: Visitor) => page.locator('.view .state').textContent();

describe('the brush', () => {
  it('covers where it went and nothing else, in the file', () =>
    visit(service, async (visitor) => {
      const photo = withoutFaces();
      await reviewing(visitor, photo);
      await takeBrush(visitor, 32);
      // A slanted line, as over a number plate.
      await visitor.draw([0.2, 0.7], [0.5, 0.9]);
      await visitor.settled();
      expect(await state(visitor)).toContain('1 area covered');
      const box = await visitor.boxOf(visitor.mark(1));
      const { bytes } = await visitor.downloadReviewed();
      const along = (share: number) => ({
        x: 800 * (0.2 + 0.3 * share) - 4,
        y: 600 * (0.7 + 0.2 * share) - 4,
        width: 8,
        height: 8,
      });
      // Right of its beginning and left of its end: within the box, beside the stroke.
      const beside = [
        { x: box.x + box.width - 60, y: box.y, width: 60, height: 40 },
        { x: box.x, y: box.y + box.height - 40, width: 60, height: 40 },
      ];
      const { inside } = await compared(browser, photo.buffer, bytes, [
        ...[0.05, 0.3, 0.55, 0.8, 0.95].map(along),
        ...beside,
      ]);
      expect(
        inside.slice(0, 5).every(({ mean }) => mean > 0.5),
        JSON.stringify(inside),
      ).toBe(true);
      expect(inside.slice(5).map(({ most }) => most)).toEqual([0, 0]);
      const around = { x: box.x - 4, y: box.y - 4, width: box.width + 8, height: box.height + 8 };
      expect((await compared(browser, photo.buffer, bytes, [around])).outside.most).toBe(0);
    }));

  it('paints over faces and boxes without choosing, moving or revealing them; undone and removed', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      const face = await visitor.mark(1).boundingBox();
      const before = await visitor.boxOf(visitor.mark(1));
      if (!face) throw new Error('no face');
      await takeBrush(visitor);
      await page.mouse.move(face.x + face.width / 2, face.y + face.height / 2);
      await page.mouse.down();
      await page.mouse.move(face.x + face.width + 80, face.y + face.height, { steps: 5 });
      await page.mouse.up();
      await page.mouse.click(face.x + face.width / 2, face.y + face.height / 2);
      await visitor.settled();
      expect(await state(visitor)).toContain('5 areas covered');
      expect(await state(visitor)).not.toContain(' of ');
      expect((await visitor.boxOf(visitor.mark(1))).x, 'it was not moved').toBeCloseTo(before.x, 0);
      await page.keyboard.press('Control+z');
      await page.getByText('4 areas covered').waitFor();
      await page
        .locator('aside')
        .getByRole('button', { name: /^Remove Stroke/ })
        .click();
      await page.getByText('3 faces covered').waitFor();
      await visitor.settled();
    }));

  it('shows at once, before the server’s bytes are there', () =>
    visit(service, async (visitor) => {
      await reviewing(visitor, smallPng());
      await takeBrush(visitor);
      service.freeze();
      try {
        await visitor.draw([0.1, 0.8], [0.4, 0.9]);
        const patch = visitor.page.locator('.picture .patch');
        await patch.waitFor();
        expect(await patch.count(), 'one, however long').toBe(1);
        expect(await patch.evaluate((one) => getComputedStyle(one).clipPath)).toContain('path(');
      } finally {
        service.thaw();
      }
      await visitor.settled();
    }));

  it('works by keyboard alone', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      await page.keyboard.press('f');
      await page.locator('.stage').focus();
      for (const key of ['ArrowDown', 'ArrowDown', ' ', 'ArrowRight', 'ArrowRight', 'ArrowRight', ' ']) {
        await page.keyboard.press(key);
      }
      await expect
        .poll(() => page.locator('[role=status]').textContent(), kPatience)
        .toContain('Stroke added');
      await visitor.settled();
      const box = await visitor.boxOf(page.locator('.mark.drawn'));
      expect(box.width).toBeGreaterThan(1.5 * box.height);
      // Begun and given up: nothing is painted, and the review is still there.
      await page.keyboard.press(' ');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Escape');
      expect(await page.locator('.mark.drawn').count()).toBe(1);
      await page.keyboard.press('?');
      await page.getByText('paint with the brush').waitFor();
      await visitor.check('keys of the brush');
    }));

  it('paints by finger, and two fingers zoom', () =>
    visit(
      service,
      async (visitor) => {
        const { page } = visitor;
        await reviewing(visitor, smallPng());
        await takeBrush(visitor);
        await visitor.check('the brush on a phone');
        const picture = await page.locator('.stage .picture').boundingBox();
        if (!picture) throw new Error('no picture');
        const touch = await page.context().newCDPSession(page);
        const at = (x: number, y: number) => ({
          x: picture.x + picture.width * x,
          y: picture.y + picture.height * y,
        });
        const send = (type: string, ...points: { x: number; y: number }[]) =>
          touch.send('Input.dispatchTouchEvent', {
            type: type as 'touchStart',
            touchPoints: points.map((point, id) => ({ ...point, id })),
          });
        await send('touchStart', at(0.3, 0.8));
        for (let step = 1; step <= 4; step += 1) await send('touchMove', at(0.3 + step / 10, 0.8));
        await send('touchEnd');
        await page.locator('.mark.drawn').waitFor({ state: 'attached' });
        await send('touchStart', at(0.4, 0.5));
        await send('touchStart', at(0.4, 0.5), at(0.6, 0.5));
        for (let step = 1; step <= 4; step += 1) {
          await send('touchMove', at(0.4 - step / 20, 0.5), at(0.6 + step / 20, 0.5));
        }
        await send('touchEnd');
        expect(await page.locator('.mark.drawn').count(), 'a pinch paints nothing').toBe(1);
        expect(await page.locator('.stage.close').count(), 'and zooms').toBe(1);
      },
      { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
    ));
});

describe('how sure the search must be', () => {
  it('uncovers who falls below, says so, and takes it back with one press', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, tinyCrowd());
      const found = await page.locator('.stage .mark').count();
      const calls = visitor.calls.length;
      const slider = page.getByRole('slider', { name: 'How sure the search must be' });
      // It begins where the search stands, and says so.
      expect(await slider.inputValue()).toBe('19');
      expect(await slider.getAttribute('aria-valuetext')).toBe('19 %, as the search has it');
      await slider.focus();
      await slider.fill('95');
      const kept = await page.locator('.stage .mark').count();
      expect(kept).toBeLessThan(found);
      await page
        .getByText(/no longer found/)
        .first()
        .waitFor();
      expect(visitor.calls.slice(calls).filter((call) => call.endsWith('/detect'))).toEqual([]);
      await page.locator('[data-action=undo-toast]').click();
      await page.locator('.view .state').getByText(`${found} faces covered`).waitFor();
      await visitor.settled();
    }));

  it('asks the service once for all that is less sure, and then no more', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, tinyCrowd());
      const before = await page.locator('.stage .mark').count();
      const searches = () => visitor.calls.filter((call) => call.endsWith('/detect')).length;
      const slider = page.getByRole('slider', { name: 'How sure the search must be' });
      // Above the search's own, and back at it, there is nothing to be asked.
      for (const percent of ['22', '19']) {
        await slider.fill(percent);
        await visitor.settled();
      }
      expect(await page.locator('.stage .mark').count()).toBe(before);
      expect(searches()).toBe(0);
      await slider.fill('10');
      await expect.poll(searches, kPatience).toBe(1);
      await visitor.settled();
      const all = await page.locator('.stage .mark').count();
      expect(all).toBeGreaterThanOrEqual(before);
      await slider.fill('30');
      await visitor.settled();
      expect(searches()).toBe(1);
      await visitor.check('the sureness');
    }));
});
