// Every way a photo can fail, in words for the person who sent it.
import type { Answer } from './http';

export type ProblemKind =
  | 'too_large'
  | 'too_many_pixels'
  | 'not_a_photo'
  | 'damaged'
  | 'empty'
  | 'unsupported'
  | 'busy'
  | 'stopping'
  | 'too_slow'
  | 'not_allowed'
  | 'unreachable'
  | 'page_outdated'
  | 'server_fault';

interface Words {
  readonly title: string;
  readonly advice: string;
}

const kWords: Record<ProblemKind, Words> = {
  too_large: {
    title: 'This file is too large',
    advice: 'The server takes smaller files only. Export the photo at a smaller size and add that.',
  },
  too_many_pixels: {
    title: 'This picture is too large',
    advice: 'It has more pixels or frames than the server takes. Make it smaller and add that.',
  },
  not_a_photo: {
    title: 'This is not a photo',
    advice: 'JPEG, PNG, WebP, AVIF, HEIC, TIFF and GIF can be used.',
  },
  damaged: {
    title: 'This photo is damaged',
    advice: 'The file is incomplete or broken. Copy it again from where it came from, and add it anew.',
  },
  empty: {
    title: 'This file is empty',
    advice: 'Copy it again from where it came from, and add it anew.',
  },
  unsupported: {
    title: 'This kind of photo cannot be used',
    advice: 'Save it as a plain JPEG or PNG and add that.',
  },
  busy: {
    title: 'The server is busy',
    advice: 'It has more photos than it can take just now. Try again in a little while.',
  },
  stopping: {
    title: 'The server is restarting',
    advice: 'Try again in a moment.',
  },
  too_slow: {
    title: 'This took too long',
    advice: 'The server gave up on this photo. Try again, or use the fast search.',
  },
  not_allowed: {
    title: 'The server did not let you in',
    advice: 'It asks for a key that this page does not have. Ask whoever runs it.',
  },
  unreachable: {
    title: 'The server cannot be reached',
    advice: 'Your photo is still here. Check your connection, then try again.',
  },
  page_outdated: {
    title: 'This page and the server do not fit together',
    advice: 'Download what is finished, then reload the page.',
  },
  server_fault: {
    title: 'The server had a fault',
    advice: 'Nothing was kept. Try again; if it happens again, tell whoever runs the server.',
  },
};

/** Kinds that pass by themselves: worth trying again without asking. */
const kPassing: ReadonlySet<ProblemKind> = new Set(['busy', 'stopping']);

/** Kinds that are the file's own: the same file fails again. */
const kOfTheFile: ReadonlySet<ProblemKind> = new Set([
  'too_large',
  'too_many_pixels',
  'not_a_photo',
  'damaged',
  'empty',
  'unsupported',
]);

export class PhotoProblem extends Error {
  readonly kind: ProblemKind;
  readonly advice: string;
  readonly passing: boolean;
  readonly worthAnotherTry: boolean;
  /** Milliseconds the server asked to wait; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: ProblemKind, retryAfterMs?: number) {
    super(kWords[kind].title);
    this.name = 'PhotoProblem';
    this.kind = kind;
    this.advice = kWords[kind].advice;
    this.passing = kPassing.has(kind);
    this.worthAnotherTry = !kOfTheFile.has(kind);
    this.retryAfterMs = retryAfterMs;
  }
}

const kKindOfCode: Readonly<Record<string, ProblemKind>> = {
  missing_photo: 'empty',
  too_many_bytes: 'too_large',
  too_many_pixels: 'too_many_pixels',
  too_many_frames: 'too_many_pixels',
  too_costly: 'too_many_pixels',
  not_a_photo: 'not_a_photo',
  damaged_photo: 'damaged',
  unsupported_photo: 'unsupported',
  deadline_exceeded: 'too_slow',
};

function kindOfStatus(status: number): ProblemKind {
  switch (status) {
    case 400:
    case 404:
    case 405:
    case 411:
    case 414:
    case 431:
      return 'page_outdated';
    case 401:
    case 403:
      return 'not_allowed';
    case 413:
      return 'too_large';
    case 415:
      return 'not_a_photo';
    case 422:
      return 'damaged';
    case 429:
      return 'busy';
    case 503:
      return 'stopping';
    // A gateway in front answers 502 when the service is not there.
    case 502:
      return 'unreachable';
    case 408:
    case 504:
      return 'too_slow';
    default:
      return 'server_fault';
  }
}

/** Seconds or an HTTP date, as RFC 9110 allows. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

async function codeOf(body: Blob): Promise<string | undefined> {
  try {
    const problem: unknown = JSON.parse(await body.text());
    if (typeof problem === 'object' && problem !== null && 'code' in problem) {
      return typeof problem.code === 'string' ? problem.code : undefined;
    }
  } catch {
    // A gateway's own page, not a problem of the service: its status has to do.
  }
  return undefined;
}

export async function problemOf(answer: Answer, now = Date.now()): Promise<PhotoProblem> {
  const type = answer.header('Content-Type') ?? '';
  const code = type.startsWith('application/problem+json') ? await codeOf(answer.body) : undefined;
  const kind = (code === undefined ? undefined : kKindOfCode[code]) ?? kindOfStatus(answer.status);
  return new PhotoProblem(kind, retryAfterMs(answer.header('Retry-After'), now));
}
