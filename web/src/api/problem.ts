// Every way a photo can fail; the words for each are in words/.
import type { Answer } from './http';

export type ProblemKind =
  | 'too_large'
  | 'too_many_pixels'
  | 'not_a_photo'
  | 'a_film'
  | 'a_pdf'
  | 'an_archive'
  | 'a_drawing'
  | 'a_raw'
  | 'a_text'
  | 'damaged'
  | 'empty'
  | 'unsupported'
  | 'busy'
  | 'stopping'
  | 'too_slow'
  | 'no_answer'
  | 'not_allowed'
  | 'unreachable'
  | 'gone'
  | 'no_recognizer'
  | 'page_outdated'
  | 'server_fault';

/** How often each kind that passes by itself is tried; the others are not. */
const kTries: Readonly<Partial<Record<ProblemKind, number>>> = {
  busy: 10, // about five minutes
  stopping: 60, // ten minutes: a new version may take that long to come up
  unreachable: 60,
  no_answer: 3, // each after a minute of silence
};

/** Kinds that are the file's own: the same file fails again. */
const kOfTheFile: ReadonlySet<ProblemKind> = new Set([
  'too_large',
  'too_many_pixels',
  'not_a_photo',
  'a_film',
  'a_pdf',
  'an_archive',
  'a_drawing',
  'a_raw',
  'a_text',
  'damaged',
  'empty',
  'unsupported',
]);

interface More {
  /** Milliseconds the server asked to wait; undefined where it did not say. */
  readonly retryAfterMs?: number | undefined;
  /** Bytes of a body that the server takes at most, where it said so. */
  readonly mostBytes?: number | undefined;
}

export class PhotoProblem extends Error {
  readonly kind: ProblemKind;
  /** 0: not tried again without asking. */
  readonly mostTries: number;
  readonly worthAnotherTry: boolean;
  readonly retryAfterMs: number | undefined;
  readonly mostBytes: number | undefined;

  constructor(kind: ProblemKind, { retryAfterMs, mostBytes }: More = {}) {
    super(kind);
    this.name = 'PhotoProblem';
    this.kind = kind;
    this.mostTries = kTries[kind] ?? 0;
    this.worthAnotherTry = !kOfTheFile.has(kind);
    this.retryAfterMs = retryAfterMs;
    this.mostBytes = mostBytes;
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
  draining: 'stopping',
  missing_video: 'empty',
  not_a_video: 'not_a_photo',
  damaged_video: 'damaged',
  unsupported_video: 'unsupported',
  invalid_tracks: 'page_outdated',
  too_many_jobs: 'busy',
  too_many_spooled_bytes: 'busy',
  job_gone: 'gone',
  photo_gone: 'gone',
  no_recognizer: 'no_recognizer',
  internal_error: 'server_fault',
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

/** Of a job that failed: its code is all that is known. */
export function problemOfCode(code: string): PhotoProblem {
  return new PhotoProblem(kKindOfCode[code] ?? 'server_fault');
}

/** Seconds or an HTTP date, as RFC 9110 allows. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

interface Body {
  readonly code?: string;
  readonly detail?: string;
}

async function bodyOf(answer: Answer): Promise<Body> {
  if (!(answer.header('Content-Type') ?? '').startsWith('application/problem+json')) return {};
  try {
    const problem = JSON.parse(await answer.body.text()) as Record<string, unknown> | null;
    const text = (key: string) => (typeof problem?.[key] === 'string' ? { [key]: problem[key] } : {});
    return { ...text('code'), ...text('detail') };
  } catch {
    // A gateway's own page, not a problem of the service: its status has to do.
    return {};
  }
}

export async function problemOf(answer: Answer, now = Date.now()): Promise<PhotoProblem> {
  const { code, detail } = await bodyOf(answer);
  const kind = (code === undefined ? undefined : kKindOfCode[code]) ?? kindOfStatus(answer.status);
  const most = kind === 'too_large' ? /(\d+) bytes/.exec(detail ?? '')?.[1] : undefined;
  return new PhotoProblem(kind, {
    retryAfterMs: retryAfterMs(answer.header('Retry-After'), now),
    mostBytes: most === undefined ? undefined : Number(most),
  });
}
