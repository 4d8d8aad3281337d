// What the screen shows of decisions for which the server's bytes are still on their way.
import type { Look, Region } from '../api/types';

export interface Looked {
  readonly region: Region;
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
  readonly regions: readonly Region[];
  readonly look: Look;
}

const kNothing: Pending = { uncover: [], cover: [], stale: false };

function same(a: Region, b: Region): boolean {
  const sides = ['x', 'y', 'width', 'height', 'shape', 'margin'] as const;
  return sides.every((side) => a[side] === b[side]);
}

export function pendingIn(
  result: Shown | undefined,
  regions: readonly Region[],
  look: Look,
  key: string,
): Pending {
  if (!result || result.key === key) return kNothing;
  const stale = JSON.stringify(result.look) !== JSON.stringify(look);
  const looked = (region: Region, look: Look): Looked => ({ region, look });
  if (stale) return { uncover: [], cover: regions.map((region) => looked(region, look)), stale };
  return {
    uncover: result.regions
      .filter((before) => !regions.some((region) => same(region, before)))
      .map((region) => looked(region, result.look)),
    cover: regions
      .filter((region) => !result.regions.some((before) => same(region, before)))
      .map((region) => looked(region, look)),
    stale,
  };
}
