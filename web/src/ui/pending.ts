// What the screen shows of decisions for which the server's bytes are still on their way.
import type { Look } from '../api/types';
import type { Cover } from '../review/review';

export interface Looked {
  readonly region: Cover;
  readonly look: Look;
}

export interface Pending {
  /** Covered in the result, and no more. */
  readonly uncover: readonly Looked[];
  /** Covered by now, and not in the result. */
  readonly cover: readonly Looked[];
  /** All of the result is out of date: the look itself was changed. */
  readonly stale: boolean;
}

interface Shown {
  readonly key: string;
  readonly covers: readonly Cover[];
  readonly look: Look;
}

const kNothing: Pending = { uncover: [], cover: [], stale: false };

function same(a: Cover, b: Cover): boolean {
  const sides = ['x', 'y', 'width', 'height', 'shape', 'margin'] as const;
  if (!sides.every((side) => a[side] === b[side])) return false;
  const [mine, others] = [a.dabs ?? [], b.dabs ?? []];
  return mine.length === others.length && mine.every((dab, place) => same(dab, others[place] ?? a));
}

export function pendingIn(
  result: Shown | undefined,
  covers: readonly Cover[],
  look: Look,
  key: string,
): Pending {
  // Nothing of it is on the screen yet: the original is, and what lies over it.
  if (!result) return { uncover: [], cover: covers.map((region) => ({ region, look })), stale: true };
  if (result.key === key) return kNothing;
  const stale = JSON.stringify(result.look) !== JSON.stringify(look);
  const looked = (region: Cover, look: Look): Looked => ({ region, look });
  if (stale) return { uncover: [], cover: covers.map((cover) => looked(cover, look)), stale };
  return {
    uncover: result.covers
      .filter((before) => !covers.some((cover) => same(cover, before)))
      .map((cover) => looked(cover, result.look)),
    cover: covers
      .filter((cover) => !result.covers.some((before) => same(cover, before)))
      .map((cover) => looked(cover, look)),
    stale,
  };
}
