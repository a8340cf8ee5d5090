// Sends one file by tus 1.0 and says how it goes. Retries with jitter until the server answers for good; never asks
// anybody anything.

import { DetailedError, Upload } from 'tus-js-client';
import { API_ROOT, ApiError } from '@/api/client';
import { t } from '@/i18n/t';
import { Code, codeSentences } from '@/protocol/codes';

/** One request carries at most this much, bytes: a cut costs at most this, and the server writes it in one piece. */
export const UPLOAD_CHUNK_BYTES = 8 * 1024 * 1024;
/** Tries after the last byte that went through; with the waits below about three hours without a connection. */
const TRIES_MAX = 600;
/** Longest wait between tries, milliseconds. */
const WAIT_MS_MAX = 20_000;

/** What a sender tells. */
export interface SenderEvents {
  /** The server has this many bytes. */
  onProgress: (sent: number) => void;
  /** The upload has begun: its path on the server. */
  onPath: (path: string) => void;
  /** A request failed; it goes on by itself. */
  onStalled: () => void;
  onSent: () => void;
  onFailed: (error: ApiError) => void;
}

/** What is sent, and where it stood before. */
export interface SenderWish {
  file: File;
  filename: string;
  filetype: string;
  channel: string;
  video: string | null;
  /** Path of an upload that began before. */
  path: string | null;
}

/** Full jitter: waits of a random length up to a bound that doubles. */
function waits(): number[] {
  return Array.from({ length: TRIES_MAX }, (_, attempt) => 200 + Math.random() * Math.min(WAIT_MS_MAX, 500 * 2 ** Math.min(attempt, 10)));
}

/** A file on its way. */
export interface Sender {
  start(): void;
  /** Stops; what the server has stays there. */
  stop(): Promise<void>;
}

/** Makes a sender; it does nothing before `start`. */
export function tusSender(wish: SenderWish, events: SenderEvents): Sender {
  const upload = new Upload(wish.file, {
    // Without an endpoint an upload that the server no longer knows fails, instead of beginning a second one unseen.
    endpoint: wish.path === null ? `${API_ROOT}/uploads` : null,
    uploadUrl: wish.path,
    chunkSize: UPLOAD_CHUNK_BYTES,
    retryDelays: waits(),
    storeFingerprintForResuming: false,
    metadata: {
      filename: wish.filename,
      filetype: wish.filetype,
      channel: wish.channel,
      ...(wish.video === null ? {} : { video: wish.video }),
    },
    onUploadUrlAvailable: () => {
      if (upload.url !== null) events.onPath(new URL(upload.url, window.location.href).pathname);
    },
    onProgress: (sent) => events.onProgress(sent),
    onShouldRetry: (error) => {
      const again = mayTryAgain(error.originalResponse?.getStatus() ?? 0);
      if (again) events.onStalled();
      return again;
    },
    onSuccess: () => events.onSent(),
    onError: (error) => events.onFailed(refusalOf(error)),
  });
  return {
    start: () => upload.start(),
    stop: () => upload.abort(false).catch(() => undefined),
  };
}

/** Ends an upload on the server and frees its place. Fails soft: the server sweeps what is left. */
export async function endUpload(path: string): Promise<void> {
  await Upload.terminate(path, { retryDelays: [500, 1_000] }).catch(() => undefined);
}

/**
 * Whether there is nothing left to send: the server has every byte, or has refused or swept the upload (its card in the
 * library says so). The page was left before it could be told.
 */
export async function isOver(path: string, bytes: number): Promise<boolean> {
  try {
    const answer = await fetch(path, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
    if (answer.status === 404 || answer.status === 410) return true;
    return answer.ok && Number(answer.headers.get('upload-offset')) === bytes;
  } catch {
    return false; // no answer: the sender will find out
  }
}

/** No answer, a conflict of offsets, a lock, too fast, a server in trouble: all may pass. A full disk does not. */
export function mayTryAgain(status: number): boolean {
  return status === 0 || status === 408 || status === 409 || status === 423 || status === 429 || status === 460
    || (status >= 500 && status !== 501 && status !== 507);
}

function refusalOf(error: Error | DetailedError): ApiError {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (!response) return new ApiError(0, 0, t('error.network'));
  const status = response.getStatus();
  try {
    const problem = JSON.parse(response.getBody()) as { code?: unknown; title?: unknown; detail?: unknown };
    if (typeof problem.code === 'number' && typeof problem.title === 'string') {
      return new ApiError(problem.code, status, problem.title, typeof problem.detail === 'string' ? problem.detail : null);
    }
  } catch {
    // No problem document: HEAD has no body, or a proxy answered.
  }
  const code = codeOfStatus[status] ?? Code.Internal;
  return new ApiError(code, status, codeSentences[code] ?? t('error.unexpected'));
}

const codeOfStatus: Readonly<Record<number, number>> = {
  401: Code.SignInNeeded,
  403: Code.Forbidden,
  404: Code.UploadUnknown,
  410: Code.UploadUnknown,
  413: Code.MediaTooLarge,
  507: Code.StorageFull,
};
