// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { kDefaultLook, type Region } from '../api/types';
import { outlineOf } from './outline';
import { pendingIn } from './pending';

const region = (x: number, more: Partial<Region> = {}): Region => ({
  x,
  y: 0,
  width: 10,
  height: 20,
  ...more,
});
const result = { key: 'before', covers: [region(0), region(50)], look: kDefaultLook };

describe('what the screen shows before the server’s bytes are there', () => {
  it('is all that is covered over the original, while there is nothing else', () => {
    const { uncover, cover, stale } = pendingIn(undefined, [region(0)], kDefaultLook, 'now');
    expect([uncover, cover.map((one) => one.region), stale]).toEqual([[], [region(0)], true]);
  });

  it('is nothing where they are there', () => {
    const nothing = { uncover: [], cover: [], stale: false };
    expect(pendingIn(result, [region(0)], kDefaultLook, 'before')).toEqual(nothing);
  });

  it('is a hole for what was left and a patch for what was covered', () => {
    const { uncover, cover, stale } = pendingIn(result, [region(50), region(80)], kDefaultLook, 'now');
    expect(uncover.map((one) => one.region)).toEqual([region(0)]);
    expect(cover.map((one) => one.region)).toEqual([region(80)]);
    expect(stale).toBe(false);
  });

  it('is both for a box that was moved or has another shape', () => {
    const shaped = region(0, { shape: 'box' });
    const { uncover, cover } = pendingIn(result, [shaped, region(50)], kDefaultLook, 'now');
    expect(uncover.map((one) => one.region)).toEqual([region(0)]);
    expect(cover.map((one) => one.region)).toEqual([shaped]);
  });

  it('is all of it anew in another look', () => {
    const look = { ...kDefaultLook, style: 'fill', color: '#ff0000' } as const;
    const { uncover, cover, stale } = pendingIn(result, result.covers, look, 'now');
    expect(uncover).toEqual([]);
    expect(cover).toEqual(result.covers.map((one) => ({ region: one, look })));
    expect(stale).toBe(true);
  });
});

describe('an outline', () => {
  it('holds the box with its margin, as an ellipse around it or as it is', () => {
    const round = outlineOf(region(0), { ...kDefaultLook, margin: 0 });
    // The corner of the box lies on the ellipse.
    expect((5 / (round.width / 2)) ** 2 + (10 / (round.height / 2)) ** 2).toBeCloseTo(1);
    expect(round.round).toBe(true);
    expect(outlineOf(region(0, { shape: 'box', margin: 0 }), kDefaultLook)).toMatchObject({
      x: 0,
      y: 0,
      width: 10,
      height: 20,
      round: false,
    });
  });
});
