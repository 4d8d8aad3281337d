import { describe, expect, it } from 'vitest';
import { checksOf } from './receipt';

const signed = (payload: unknown) => `e30.${btoa(JSON.stringify(payload)).replace(/=/g, '')}.c2ln`;

describe('the checks of a receipt', () => {
  const fine = { covered: { verdict: 'pass' }, likeness: { verdict: 'not_run' } };

  it('raise doubts where one failed, and count what is worth a look', () => {
    expect(checksOf(signed({ checks: fine }))).toEqual({ doubtful: false, places: 0 });
    const worth = { ...fine, second_look: { verdict: 'review', places: 2 } };
    expect(checksOf(signed({ checks: worth }))).toEqual({ doubtful: false, places: 2 });
    expect(checksOf(signed({ checks: { ...worth, likeness: { verdict: 'fail' } } })).doubtful).toBe(true);
    expect(checksOf(signed({ checks: { ...fine, covered: { verdict: 'fail' } } })).doubtful).toBe(true);
  });

  it('are not guessed where they are missing', () => {
    expect(() => checksOf(signed({}))).toThrow();
    expect(() => checksOf('no receipt')).toThrow();
  });
});
