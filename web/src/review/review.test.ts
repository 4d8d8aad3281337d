import { describe, expect, it } from 'vitest';
import type { Detection } from '../api/types';
import { pushed, redone, replaced, startHistory, undone } from './history';
import {
  coveredRegions,
  keptBoxes,
  partlyHidden,
  withBoxesOf,
  keyOf,
  needsSecondLook,
  startReview,
  withBox,
  withDetection,
  withLook,
  withMark,
  withoutMark,
  withStyle,
  withToggled,
} from './review';

const box = (x: number) => ({ x, y: 0, width: 10, height: 10 });
const detection = (...faces: [x: number, score: number][]): Detection => ({
  image: { width: 100, height: 100 },
  faces: faces.map(([x, score]) => ({ box: box(x), score })),
});

const found = withDetection(startReview(), 'balanced', detection([50, 0.9], [0, 0.4]));

/** Covered as it was drawn. */
const drawnAt = (x: number) => ({ ...box(x), shape: 'box', margin: 0 });

describe('a review', () => {
  it('covers every found face until someone decides otherwise', () => {
    expect(coveredRegions(found)).toEqual([box(0), box(50)]);
  });

  it('numbers faces row by row, each from left to right', () => {
    const face = (x: number, y: number) => ({ box: { x, y, width: 10, height: 10 }, score: 0.9 });
    const rows = withDetection(startReview(), 'balanced', {
      image: { width: 100, height: 100 },
      faces: [face(50, 42), face(0, 3), face(80, 0), face(20, 40), face(40, 2)],
    });
    expect(rows.marks.map(({ box: { x, y } }) => [x, y])).toEqual([
      [0, 3],
      [40, 2],
      [80, 0],
      [20, 40],
      [50, 42],
    ]);
  });

  it('keeps what someone put right over another search', () => {
    const id = found.marks[1]?.id ?? 0;
    const again = withDetection(withBox(found, id, box(53)), 'thorough', detection([0, 0.5], [50, 0.9]));
    expect(again.marks.map((mark) => mark.box.x)).toEqual([0, 53]);
  });

  it('tells of faces that were left and yet lie under a neighbor', () => {
    const close = withDetection(startReview(), 'balanced', detection([0, 0.9], [6, 0.9], [50, 0.9]));
    const [first, , third] = close.marks;
    expect(partlyHidden(withToggled(close, first?.id ?? 0)).map((mark) => mark.id)).toEqual([first?.id]);
    expect(partlyHidden(withToggled(close, third?.id ?? 0))).toEqual([]);
    expect(keptBoxes(withToggled(close, third?.id ?? 0))).toEqual([box(50)]);
  });

  it('takes on the boxes that were drawn on another photo, in their places, once', () => {
    const from = withMark(found, box(80));
    const to = withBoxesOf(startReview(), { width: 200, height: 50 }, from, { width: 100, height: 100 });
    expect(to.marks.map((mark) => mark.box)).toEqual([{ x: 160, y: 0, width: 20, height: 5 }]);
    expect(withBoxesOf(to, { width: 200, height: 50 }, from, { width: 100, height: 100 })).toEqual(to);
  });

  it('numbers faces from left to right', () => {
    expect(found.marks.map((mark) => mark.box.x)).toEqual([0, 50]);
  });

  it('marks unsure faces, and never drawn boxes, for a second look', () => {
    const drawn = withMark(found, box(80));
    expect(drawn.marks.map(needsSecondLook)).toEqual([true, false, false]);
  });

  it('leaves a face that was toggled, and covers it when toggled again', () => {
    const [first] = found.marks;
    const left = withToggled(found, first?.id ?? 0);
    expect(coveredRegions(left)).toEqual([box(50)]);
    expect(coveredRegions(withToggled(left, first?.id ?? 0))).toEqual(coveredRegions(found));
  });

  it('does not change the value it came from', () => {
    const before = JSON.stringify(found);
    withToggled(found, 1);
    withMark(found, box(3));
    expect(JSON.stringify(found)).toBe(before);
  });

  it('draws, moves and removes a box', () => {
    const drawn = withMark(found, box(80));
    const id = drawn.marks.at(-1)?.id ?? 0;
    expect(coveredRegions(withBox(drawn, id, box(70)))).toContainEqual(drawnAt(70));
    expect(coveredRegions(withoutMark(drawn, id))).toEqual(coveredRegions(found));
  });

  it('keeps drawn boxes and left faces over another search', () => {
    const left = withToggled(withMark(found, box(80)), found.marks[1]?.id ?? 0);
    const again = withDetection(left, 'thorough', detection([1, 0.5], [51, 0.95], [30, 0.8]));
    expect(again.profile).toBe('thorough');
    expect(coveredRegions(again)).toEqual([box(1), box(30), drawnAt(80)]);
    expect(new Set(again.marks.map((mark) => mark.id)).size).toBe(again.marks.length);
  });
});

describe('a style of its own', () => {
  const first = found.marks[0]?.id ?? 0;

  it('goes with its box alone, found or drawn', () => {
    const drawn = withMark(found, box(80));
    const both = withStyle(withStyle(drawn, first, 'fill'), drawn.marks.at(-1)?.id ?? 0, 'pixelate');
    expect(coveredRegions(both)).toEqual([
      { ...box(0), style: 'fill' },
      box(50),
      { ...drawnAt(80), style: 'pixelate' },
    ]);
  });

  it('makes another picture, and its color and cells count', () => {
    const filled = withStyle(found, first, 'fill');
    expect(keyOf(filled)).not.toBe(keyOf(found));
    expect(keyOf(withLook(filled, { color: '#ff0000' }))).not.toBe(keyOf(filled));
    expect(keyOf(withLook(filled, { cells: 2 }))).toBe(keyOf(filled));
  });
});

describe('the key of a review', () => {
  it('changes with what is covered and how', () => {
    const keys = [
      keyOf(found),
      keyOf(withToggled(found, found.marks[0]?.id ?? 0)),
      keyOf(withLook(found, { style: 'pixelate' })),
      keyOf(withLook(found, { style: 'pixelate', cells: 3 })),
      keyOf(withLook(found, { margin: 0.2 })),
      keyOf(withLook(found, { shape: 'box' })),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('does not change with what the picture does not show', () => {
    expect(keyOf(withLook(found, { color: '#ff0000' }))).toBe(keyOf(found));
    expect(keyOf(withLook(found, { cells: 2 }))).toBe(keyOf(found));
    const none = startReview();
    expect(keyOf(withLook(none, { style: 'fill' }))).toBe(keyOf(none));
  });
});

describe('undo and redo', () => {
  it('go back and forth through the steps', () => {
    const history = pushed(pushed(startHistory('a'), 'b'), 'c');
    expect(undone(history).present).toBe('b');
    expect(undone(undone(undone(history))).present).toBe('a');
    expect(redone(undone(history)).present).toBe('c');
    expect(redone(history)).toBe(history);
  });

  it('a new step forgets what was undone', () => {
    const history = pushed(undone(pushed(startHistory('a'), 'b')), 'c');
    expect(redone(history).present).toBe('c');
    expect(undone(history).present).toBe('a');
  });

  it('the moves within a drag are one step', () => {
    const history = replaced(replaced(pushed(startHistory('a'), 'b'), 'c'), 'd');
    expect(history.present).toBe('d');
    expect(undone(history).present).toBe('a');
  });
});
