// What every call of the service shares: how it is sent, and how its answer is read.
import { SilentError, UnreachableError, type Answer, type Post, type PostOptions } from './http';
import { PhotoProblem } from './problem';
import type { Look } from './types';

/** For a server that asks for a key; undefined: none is sent. */
export function headersWith(key: string | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { Authorization: `Bearer ${key}` };
}

/** Whatever status comes back; where none does, a problem says so. */
export async function posted(
  post: Post,
  url: string,
  body: Blob | FormData,
  options: PostOptions,
): Promise<Answer> {
  if (body instanceof Blob && body.size === 0) throw new PhotoProblem('empty');
  try {
    return await post(url, body, options);
  } catch (error) {
    if (error instanceof UnreachableError) throw new PhotoProblem('unreachable');
    throw error instanceof SilentError ? new PhotoProblem('no_answer') : error;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export async function jsonOf({ body }: Answer): Promise<unknown> {
  try {
    return JSON.parse(await body.text());
  } catch {
    throw new PhotoProblem('page_outdated');
  }
}

/** To the hundredth, which no eye tells apart. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Options that the style does not use are left out. */
export function lookFields({ style, shape, margin, cells, color }: Look): Record<string, string> {
  return {
    style,
    shape,
    margin: String(rounded(margin)),
    ...(style === 'pixelate' ? { cells: String(cells) } : {}),
    ...(style === 'fill' ? { color } : {}),
  };
}
