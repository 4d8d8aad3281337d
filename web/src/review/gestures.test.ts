// @vitest-environment node
import { describe, expect, it } from 'vitest';
import {
  cancel,
  drag,
  kIdle,
  lift,
  markAt,
  press,
  type Effect,
  type Hand,
  type Press,
  type Scene,
  type Target,
} from './gestures';
import type { Point } from './geometry';
import type { Mark } from './review';

const mark = (id: number, x: number, y: number, side: number, origin: Mark['origin'] = 'found'): Mark => ({
  id,
  box: { x, y, width: side, height: side },
  origin,
  covered: true,
});

/** A picture as large as the stage, one to one, with a free rim. */
const scene = (change: Partial<Scene> = {}): Scene => ({
  picture: { width: 376, height: 276 },
  room: { width: 400, height: 300 },
  view: { scale: 1, x: 12, y: 12 },
  marks: [mark(1, 40, 40, 60), mark(2, 200, 100, 60, 'drawn')],
  selected: undefined,
  mode: 'review',
  ...change,
});

const kPicture: Target = { on: 'picture' };

function down(at: Point, change: Partial<Press> = {}): Press {
  return { pointer: 1, at, target: kPicture, middleButton: false, finger: false, ...change };
}

/** Presses, moves along and lets go: all that follows from it. */
function gesture(where: Scene, first: Press, ...path: Point[]): { hand: Hand; effects: Effect[] } {
  let { hand } = press(kIdle, first, where);
  const effects: Effect[] = [];
  for (const at of path) {
    const step = drag(hand, first.pointer, at, where);
    hand = step.hand;
    effects.push(...step.effects);
  }
  const end = lift(hand, first.pointer, where);
  return { hand: end.hand, effects: [...effects, ...end.effects] };
}

const kinds = (effects: readonly Effect[]) => [...new Set(effects.map((effect) => effect.do))];

describe('a gesture', () => {
  it('that hardly moves is a click and changes nothing', () => {
    for (const mode of ['review', 'draw'] as const) {
      const { hand, effects } = gesture(scene({ mode }), down({ x: 80, y: 80 }), { x: 82, y: 81 });
      expect(effects).toEqual([]);
      expect(hand.travelled).toBe(false);
    }
  });

  it('draws a box where it was drawn, at any zoom', () => {
    const view = { scale: 4, x: -300, y: -200 };
    const { effects } = gesture(
      scene({ mode: 'draw', view }),
      down({ x: 100, y: 100 }),
      { x: 140, y: 120 },
      { x: 180, y: 160 },
    );
    expect(effects).toEqual([{ do: 'draw', box: { x: 100, y: 75, width: 20, height: 15 } }]);
  });

  it('draws over a face, and moves only the box that is selected', () => {
    const at = { x: 82, y: 82 };
    const over = gesture(scene({ mode: 'draw' }), down(at), { x: 160, y: 160 });
    expect(kinds(over.effects)).toEqual(['draw']);
    const moving = gesture(scene({ mode: 'draw', selected: 1 }), down(at), { x: 92, y: 87 });
    expect(moving.effects).toEqual([
      { do: 'change', id: 1, box: { x: 50, y: 45, width: 60, height: 60 }, settled: false },
      { do: 'change', id: 1, box: undefined, settled: true },
    ]);
  });

  it('moves and resizes what was found as well as what was drawn', () => {
    for (const id of [1, 2]) {
      const { box } = scene().marks.find((one) => one.id === id) ?? mark(0, 0, 0, 0);
      const corner = { x: 12 + box.x + box.width, y: 12 + box.y + box.height };
      const first = down(corner, { target: { on: 'corner', corner: 'se' } });
      const { effects } = gesture(scene({ selected: id }), first, { x: corner.x + 20, y: corner.y + 10 });
      expect(effects[0]).toEqual({
        do: 'change',
        id,
        box: { ...box, width: box.width + 20, height: box.height + 10 },
        settled: false,
      });
    }
  });

  it('that a second finger or the system breaks off is settled, so that it is one step', () => {
    const where = scene({ selected: 1 });
    let { hand } = press(kIdle, down({ x: 82, y: 82 }), where);
    ({ hand } = drag(hand, 1, { x: 102, y: 82 }, where));
    const settled = { do: 'change', id: 1, box: undefined, settled: true };
    expect(press(hand, down({ x: 10, y: 10 }, { pointer: 2 }), where).effects).toEqual([settled]);
    expect(cancel(hand, 1).effects).toEqual([settled]);
  });

  it('of two fingers zooms, and draws nothing', () => {
    const where = scene({ mode: 'draw' });
    let { hand } = press(kIdle, down({ x: 150, y: 150 }), where);
    ({ hand } = drag(hand, 1, { x: 170, y: 170 }, where));
    ({ hand } = press(hand, down({ x: 250, y: 150 }, { pointer: 2 }), where));
    const step = drag(hand, 2, { x: 330, y: 150 }, where);
    expect(kinds(step.effects)).toEqual(['view']);
    const [effect] = step.effects;
    expect(effect?.do === 'view' && effect.view.scale).toBeGreaterThan(1.5);
    ({ hand } = lift(step.hand, 2, where));
    expect(lift(hand, 1, where).effects).toEqual([]);
  });

  it('of one finger turns to another photo while all of this one is shown', () => {
    const first = down({ x: 300, y: 250 }, { finger: true });
    expect(gesture(scene(), first, { x: 200, y: 255 }).effects).toEqual([{ do: 'turn', by: 1 }]);
    expect(gesture(scene(), first, { x: 390, y: 255 }).effects).toEqual([{ do: 'turn', by: -1 }]);
    expect(gesture(scene(), first, { x: 270, y: 250 }).effects, 'too short').toEqual([]);
    expect(gesture(scene(), first, { x: 200, y: 150 }).effects, 'rather downwards').toEqual([]);
    const close = scene({ view: { scale: 3, x: -100, y: -100 } });
    expect(kinds(gesture(close, first, { x: 200, y: 250 }).effects), 'zoomed in').toEqual(['view']);
  });

  it('moves the divider, and no box beneath it', () => {
    const where = scene({ mode: 'compare', selected: 1 });
    const first = down({ x: 82, y: 82 }, { target: { on: 'divider' } });
    expect(gesture(where, first, { x: 100, y: 82 }).effects).toEqual([{ do: 'split', share: 0.25 }]);
  });
});

describe('who is meant', () => {
  it('is whose box holds the point, though a neighbor’s larger target lies over it', () => {
    const marks = [mark(1, 100, 100, 10), mark(2, 112, 100, 10), mark(3, 0, 0, 200)];
    const at = (x: number) => markAt({ marks, view: { scale: 1, x: 0, y: 0 } }, { x, y: 105 })?.id;
    expect(at(105)).toBe(1);
    expect(at(117)).toBe(2);
    expect(at(50)).toBe(3);
  });

  it('is nobody where there is nobody', () => {
    expect(markAt(scene(), { x: 390, y: 290 })).toBeUndefined();
  });
});
