// The requests of an upload in parts: begin, ask what is there, send, end. Each answers or throws an `ApiError`.

import { api, API_ROOT, ApiError } from '@/api/client';
import { t } from '@/i18n/t';
import { Code, codeSentences } from '@/protocol/codes';
import type { UploadParts } from '@/protocol/types';
import { contentDigest } from './hashes';
import type { Run } from './index-finder';
import { partRun } from './part-order';

/** A request on which nothing moves for this long is given up, milliseconds: longer than a server syncs a part. */
const SILENCE_MS_MAX = 45_000;
/** What tus wants to hear where it and parts share an address. */
const TUS = { 'tus-resumable': '1.0.0' } as const;

/** What is uploaded. */
export interface UploadWish {
  file: File;
  filename: string;
  filetype: string;
  channel: string;
  /** Set for a new version of a video. */
  video: string | null;
}

/** Begins an upload; its path on the server. Room for it is set aside there. */
export async function beginUpload(wish: UploadWish, signal: AbortSignal): Promise<string> {
  const metadata: Record<string, string> = {
    filename: wish.filename,
    filetype: wish.filetype,
    channel: wish.channel,
    ...(wish.video === null ? {} : { video: wish.video }),
  };
  const answer = await request('POST', `${API_ROOT}/uploads`, {
    headers: {
      ...TUS,
      'upload-length': String(wish.file.size),
      'upload-metadata': Object.entries(metadata).map(([name, value]) => `${name} ${base64(value)}`).join(','),
    },
    signal,
  });
  const location = answer.getResponseHeader('location');
  if (location === null) throw new ApiError(Code.Unavailable, answer.status, codeSentences[Code.Unavailable]!);
  return new URL(location, window.location.href).pathname;
}

/** What the server has of an upload. */
export const uploadParts = async (path: string, signal?: AbortSignal): Promise<UploadParts> =>
  await api.get<UploadParts>(`${path.slice(API_ROOT.length)}/parts`, signal);

/** Sends some bytes of a part. */
export async function sendRun(
  { path, part, run, file, hash }: { path: string; part: number; run: Run; file: File; hash: string },
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const whole = partRun(part, file.size);
  const isWhole = run.from === whole.from && run.to === whole.to;
  await request('PUT', `${path}/parts/${part}`, {
    headers: {
      'content-digest': contentDigest(hash),
      ...(isWhole ? {} : { 'content-range': `bytes ${run.from - whole.from}-${run.to - whole.from - 1}/${whole.to - whole.from}` }),
    },
    body: file.slice(run.from, run.to),
    onSent,
    signal,
  });
}

/** Ends an upload on the server and frees its place. Fails soft: the server sweeps what is left. */
export async function endUpload(path: string): Promise<void> {
  await fetch(path, { method: 'DELETE', headers: TUS }).catch(() => undefined);
}

/**
 * Whether there is nothing left to send: the server has every byte, or has refused or swept the upload (its card in the
 * library says so). The page was left before it could be told.
 */
export async function isOver(path: string): Promise<boolean> {
  try {
    return (await uploadParts(path)).complete;
  } catch (error) {
    return error instanceof ApiError && (error.status === 404 || error.status === 410);
  }
}

/** Whether the same may succeed later: no answer, too fast, a server in trouble, bytes damaged on the way. */
export function mayPass(error: ApiError): boolean {
  if (error.code === Code.UploadWay || error.code === Code.UploadChanged) return false;
  const { status } = error;
  return status === 0 || status === 408 || status === 409 || status === 423 || status === 429 || status === 460
    || (status >= 500 && status !== 501 && status !== 507);
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

interface RequestWish {
  headers: Record<string, string>;
  body?: Blob;
  onSent?: (bytes: number) => void;
  signal: AbortSignal;
}

/** `XMLHttpRequest`, because it says how far a body is on its way. */
function request(method: string, address: string, { headers, body, onSent, signal }: RequestWish): Promise<XMLHttpRequest> {
  return new Promise((done, failed) => {
    const ask = new XMLHttpRequest();
    let silence = 0;
    const listen = () => {
      window.clearTimeout(silence);
      silence = window.setTimeout(() => ask.abort(), SILENCE_MS_MAX);
    };
    const stop = () => ask.abort();
    if (signal.aborted) {
      failed(new ApiError(0, 0, t('error.network')));
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    ask.open(method, address);
    for (const [name, value] of Object.entries(headers)) ask.setRequestHeader(name, value);
    ask.setRequestHeader('accept', 'application/json, application/problem+json');
    ask.upload.onprogress = (event) => {
      listen();
      onSent?.(event.loaded);
    };
    ask.onloadend = () => {
      window.clearTimeout(silence);
      signal.removeEventListener('abort', stop);
      if (ask.status >= 200 && ask.status < 300) done(ask);
      else failed(refusalOf(ask));
    };
    listen();
    ask.send(body ?? null);
  });
}

function refusalOf(ask: XMLHttpRequest): ApiError {
  const { status } = ask;
  if (status === 0) return new ApiError(0, 0, t('error.network'));
  const wait = Number.parseInt(ask.getResponseHeader('retry-after') ?? '', 10);
  const retryAfter = Number.isFinite(wait) ? wait : null;
  try {
    const problem = JSON.parse(ask.responseText) as { code?: unknown; title?: unknown; detail?: unknown };
    if (typeof problem.code === 'number' && typeof problem.title === 'string') {
      return new ApiError(problem.code, status, problem.title, typeof problem.detail === 'string' ? problem.detail : null, null, retryAfter);
    }
  } catch {
    // No problem document: a proxy answered.
  }
  const code = codeOfStatus[status] ?? Code.Unavailable;
  return new ApiError(code, status, codeSentences[code] ?? t('error.unexpected'), null, null, retryAfter);
}

const codeOfStatus: Readonly<Record<number, number>> = {
  401: Code.SignInNeeded,
  403: Code.Forbidden,
  404: Code.UploadUnknown,
  410: Code.UploadUnknown,
  413: Code.MediaTooLarge,
  507: Code.StorageFull,
};
