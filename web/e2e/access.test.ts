// Who can use the page, and on what: axe in every main state, small and large, light and dark.
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { demo, kThreeFaces, withoutFaces } from './photos';
import { kPatience, kSmallPhone, type Visitor, withService } from './visitor';

const { browser, service, visit } = await withService();

const kScreens: [string, BrowserContextOptions][] = [
  ['a laptop, light', { colorScheme: 'light' }],
  ['a laptop, dark', { colorScheme: 'dark' }],
  ['a small phone', kSmallPhone],
  ['a small phone, dark', { ...kSmallPhone, colorScheme: 'dark' }],
  ['a 4K screen', { viewport: { width: 3840, height: 2160 } }],
  ['forced colors', { forcedColors: 'active' }],
];

/** Everything that can be pressed, with its size where that is below 24 CSS px (WCAG 2.5.8). */
async function tooSmall(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() =>
    [...document.querySelectorAll('button, summary, nav a, [role=slider], label:has(input[type=radio])')]
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      // Off the screen until it has the focus.
      .filter(({ element }) => !element.classList.contains('skip'))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(({ element, box }) => `${element.outerHTML.slice(0, 80)} ${box.width} x ${box.height}`),
  );
}

describe('the beginning of the page', () => {
  it.each([1280, 360])(
    'is seen before the script is there, in the place where it stays: %i px',
    async (width) => {
      const placeOfBrand = async (withScript: boolean) => {
        const page = await browser.newPage({ viewport: { width, height: 740 } });
        try {
          if (!withScript) await page.route('**/*.js', (route) => route.abort());
          await page.goto(service.url, { waitUntil: 'load' });
          if (withScript) await page.getByRole('heading', { level: 1 }).waitFor();
          return await page.locator('.brand').boundingBox();
        } finally {
          await page.close();
        }
      };
      const before = await placeOfBrand(false);
      expect(before).not.toBeNull();
      expect(await placeOfBrand(true)).toEqual(before);
    },
  );
});

describe.each(kScreens)('%s', (_, options) => {
  it('shows every state without a fault, a side scroll or a button too small to hit', () =>
    visit(
      service,
      async (visitor) => {
        const { page } = visitor;
        const check = async (state: string) => {
          await visitor.check(state);
          expect(await tooSmall(visitor), state).toEqual([]);
        };
        await check('welcome');
        await visitor.add(demo(3), demo(4), withoutFaces());
        await visitor.allDone(3);
        await check('photos');
        await page.getByText('How faces are covered').click();
        await check('look');
        await visitor.review(kThreeFaces);
        await visitor.settled();
        await visitor.mark(1).click();
        await visitor.settled();
        await check('review');
        await page.getByRole('radio', { name: 'Draw' }).check();
        await visitor.draw([0.1, 0.7], [0.25, 0.9]);
        await visitor.settled();
        await check('draw');
        await page.getByRole('radio', { name: 'Compare' }).check();
        await check('compare');
        await page.getByRole('radio', { name: 'Pixelate' }).check();
        await visitor.settled();
        await page.getByRole('radio', { name: 'Solid' }).check();
        await visitor.settled();
        await check('solid');
        await visitor.back();
        await visitor.review('landscape.png');
        await check('no face');
      },
      options,
    ));
});

describe('in every language', () => {
  it.each([
    ['de-DE', 'Fotos auswählen', 'ltr'],
    ['fr-FR', 'Choisir des photos', 'ltr'],
    ['es-ES', 'Elegir fotos', 'ltr'],
    ['ar-EG', 'اختر صورًا', 'rtl'],
  ])('%s: as the browser asks for it, without a fault or a side scroll', (locale, choose, direction) =>
    visit(
      service,
      async (visitor) => {
        const { page } = visitor;
        await page.getByRole('button', { name: choose }).waitFor();
        expect(
          await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]),
        ).toEqual([locale.slice(0, 2), direction]);
        await visitor.check('welcome');
        await visitor.add(demo(3), withoutFaces());
        await visitor.allDone(2);
        await visitor.check('photos');
        await visitor.card(kThreeFaces).locator('.picture').click();
        await visitor.settled();
        await visitor.mark(1).click();
        await page.locator('[data-action=undo-toast]').waitFor();
        await visitor.check('review');
        await page
          .locator('header button')
          .filter({ has: page.locator('svg') })
          .first()
          .click();
        // Chosen here, it stays.
        await page.locator('nav select').selectOption('en');
        await page.getByText('How faces are covered').waitFor();
        expect(await page.evaluate(() => document.documentElement.dir)).toBe('ltr');
        page.on('dialog', (dialog) => void dialog.accept());
        await page.reload();
        await page.getByRole('button', { name: 'Choose photos' }).waitFor();
      },
      { locale, viewport: { width: 360, height: 740 } },
    ),
  );
});

describe('dark mode', () => {
  it('is dark, and light is light', () =>
    visit(service, async (visitor) => {
      const brightness = () =>
        visitor.page.evaluate(() => {
          const [red = 0, green = 0, blue = 0] =
            getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
          return (red + green + blue) / 3;
        });
      await visitor.page.emulateMedia({ colorScheme: 'light' });
      expect(await brightness()).toBeGreaterThan(220);
      await visitor.page.emulateMedia({ colorScheme: 'dark' });
      expect(await brightness()).toBeLessThan(40);
    }));
});

describe('fingers', () => {
  it('pinch to zoom and tap to leave a face', () =>
    visit(
      service,
      async (visitor) => {
        const { page } = visitor;
        await visitor.add(demo(3));
        await visitor.reach(kThreeFaces, 'done');
        await visitor
          .card(kThreeFaces)
          .getByRole('button', { name: /^Review/ })
          .tap();
        await visitor.settled();
        await visitor.mark(1).tap();
        await page.getByText('2 of 3 faces covered').waitFor();
        const before = await visitor.mark(1).locator('.line').boundingBox();
        const stage = await page.locator('.stage').boundingBox();
        if (!stage || !before) throw new Error('no stage');
        const x = stage.x + stage.width / 2;
        const y = stage.y + stage.height / 2;
        const touch = await page.context().newCDPSession(page);
        const fingers = (apart: number) => [
          { x: x - apart, y, id: 1 },
          { x: x + apart, y, id: 2 },
        ];
        await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(30) });
        for (const apart of [40, 50, 60, 70, 80, 90]) {
          await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) });
        }
        await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
        await page.waitForFunction(
          (width) => (document.querySelector('.mark .line')?.getBoundingClientRect().width ?? 0) > 2 * width,
          before.width,
        );
        expect(await page.evaluate(() => visualViewport?.scale), 'the page itself did not zoom').toBe(1);
        expect(await visitor.mark(1).getAttribute('aria-pressed')).toBe('false');
      },
      kSmallPhone,
    ));

  it('are offered the camera', () =>
    visit(
      service,
      async (visitor) => {
        await visitor.page.getByRole('button', { name: 'Take a photo' }).waitFor();
        expect(await visitor.page.locator('input[capture=environment]').count()).toBe(1);
      },
      { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
    ));
});

describe('what is said', () => {
  it('to a screen reader: photos added, work over, decisions', () =>
    visit(service, async (visitor) => {
      const said = visitor.page.getByRole('status');
      await visitor.add(demo(3));
      await expect.poll(() => said.textContent(), kPatience).toContain('1 photo ready, 3 faces covered');
      await visitor.review(kThreeFaces);
      await visitor.mark(2).click();
      await expect.poll(() => said.textContent(), kPatience).toContain('Face 2, left visible');
      await visitor.page.keyboard.press('Control+z');
      await expect.poll(() => said.textContent(), kPatience).toContain('Undone');
    }));

  it('about the photos: where they go, and where the service is described', () =>
    visit(service, async (visitor) => {
      await visitor.page.getByRole('heading', { name: 'They go to this server only' }).waitFor();
      const docs = await visitor.page.getByRole('link', { name: 'API', exact: true }).getAttribute('href');
      const answer = await visitor.page.request.get(`${service.url}/${docs}`);
      expect(answer.status()).toBe(200);
      expect(await answer.text()).toContain('swagger');
    }));

  it('to someone who comes by keyboard: the way past the header first', () =>
    visit(service, async (visitor) => {
      await visitor.page.keyboard.press('Tab');
      const skip = visitor.page.getByRole('link', { name: 'Skip to the photos' });
      expect(await skip.evaluate((link) => link === document.activeElement)).toBe(true);
      await visitor.page.keyboard.press('Enter');
      expect(await visitor.page.evaluate(() => document.activeElement?.id)).toBe('main');
    }));
});
