// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { lookFields } from './calls';
import { kDefaultLook } from './types';

describe('a look', () => {
  it('is sent with the options of its style alone', () => {
    expect(lookFields(kDefaultLook)).toEqual({ style: 'blur', shape: 'ellipse', margin: '0.15' });
    expect(lookFields({ ...kDefaultLook, style: 'pixelate' })).toHaveProperty('cells', '6');
  });
});
