// The one door to the REST API: same origin, JSON, cookies by the browser. Answers with the body or throws an
// `ApiError`; never shows anything itself.

import { Code, codeSentences, retryableCodes } from '../protocol/codes';
import type { Problem } from '../protocol/types';
import { t } from '../i18n/t';

/** Root of the REST API. */
export const API_ROOT = '/api/v1';

/** A wait for an answer longer than this is given up, milliseconds: twice the server's own limit for a request. */
const ANSWER_MS_MAX = 30_000;

/** A refusal, or an answer that never came (then `status` and `code` are 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** Our number; 0 without an answer. */
    readonly code: number,
    /** HTTP status; 0 without an answer. */
    readonly status: number,
    /** The code's sentence. */
    readonly title: string,
    /** What exactly is wrong, where more is known. */
    readonly detail: string | null = null,
    /** Field of the body at fault. */
    readonly field: string | null = null,
    /** Wait before the next try, seconds. */
    readonly retryAfter: number | null = null,
  ) {
    super(title);
  }

  /** Whether no answer came: the network or the server is away. */
  get offline(): boolean {
    return this.status === 0;
  }

  /** Whether the same may be asked again. */
  get retryable(): boolean {
    return this.offline || retryableCodes.has(this.code);
  }

  /** What a person reads: what more is known, the code's sentence, the wait, the code. */
  get sentence(): string {
    const parts = this.detail === null ? [this.title] : [explained(this.detail, this.title)];
    if (this.retryAfter !== null && this.retryAfter > 0) parts.push(t('error.wait', { count: this.retryAfter }));
    const text = parts.join(' ');
    return this.code === 0 ? text : t('error.withCode', { sentence: text, code: String(this.code) });
  }
}

/** What exactly happened, then what to do: the code's sentence without its first part, which says it in general. */
export function explained(what: string, codeSentence: string): string {
  const text = what.trim();
  if (text === '' || text === codeSentence) return codeSentence;
  // The server's details are written like log lines: lower case, no full stop.
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
  const parts = codeSentence.split(/(?<=[.;]) /);
  return `${sentence} ${(parts.length > 1 ? parts.slice(1) : parts).join(' ')}`;
}

/** The words for anything that was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.sentence : t('error.unexpected');
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && typeof (body as { code?: unknown }).code === 'number';
}

async function refusalOf(response: Response): Promise<ApiError> {
  const wait = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const retryAfter = Number.isFinite(wait) ? wait : null;
  const body: unknown = await response.json().catch(() => null);
  if (isProblem(body)) {
    return new ApiError(body.code, response.status, body.title, body.detail, body.field, retryAfter);
  }
  // Not one of ours: a proxy in between answered.
  const code = response.status === 404 ? Code.NotFound : response.status === 401 ? Code.SignInNeeded : Code.Unavailable;
  return new ApiError(code, response.status, codeSentences[code] ?? t('error.unexpected'), null, null, retryAfter);
}

async function send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
  const limit = AbortSignal.timeout(ANSWER_MS_MAX);
  let response: Response;
  try {
    response = await fetch(API_ROOT + path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        accept: 'application/json, application/problem+json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? anySignal(signal, limit) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 0, t('error.network'));
  }
  if (!response.ok) throw await refusalOf(response);
  if (response.status === 204) return undefined;
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** `AbortSignal.any` is missing in browsers of 2023. */
function anySignal(first: AbortSignal, second: AbortSignal): AbortSignal {
  const both = new AbortController();
  for (const one of [first, second]) {
    if (one.aborted) both.abort(one.reason);
    else one.addEventListener('abort', () => both.abort(one.reason), { once: true });
  }
  return both.signal;
}

/** The API by method. A path begins with a slash, below `/api/v1`; ids and words in it go through `seg`. */
export const api = {
  get: async <T>(path: string, signal?: AbortSignal) => (await send('GET', path, undefined, signal)) as T,
  post: async <T = undefined>(path: string, body?: unknown) => (await send('POST', path, body ?? {})) as T,
  put: async <T = undefined>(path: string, body: unknown) => (await send('PUT', path, body)) as T,
  patch: async <T = undefined>(path: string, body: unknown) => (await send('PATCH', path, body)) as T,
  delete: async <T = undefined>(path: string) => (await send('DELETE', path, undefined)) as T,
};

/** One segment of a path out of anything. */
export const seg = (text: string): string => encodeURIComponent(text);
