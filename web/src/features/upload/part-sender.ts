// Sends one file in portions of its parts: the index first, then from the front, in the turns that all uploads share.
// Tries again with jitter until the server answers for good; never asks anybody anything.

import { ApiError } from '@/api/client';
import { t } from '@/i18n/t';
import { Code, codeSentences } from '@/protocol/codes';
import type { SameFilm, UploadParts } from '@/protocol/types';
import { hashOfFile, hashOfRun } from './hashes';
import { indexRuns, type Run } from './index-finder';
import { bytesOf, missingOf, partRun } from './part-order';
import { beginUpload, endUpload, mayPass, sendRun, uploadParts, type UploadWish } from './part-requests';
import { lanes, REQUESTS_AT_ONCE_MAX } from './request-lanes';
import { RunOrder, type Portion } from './run-order';

/** Portions in hand: one more than go at once, so that its hash is ready when its turn comes. */
const PORTIONS_IN_HAND = REQUESTS_AT_ONCE_MAX + 1;
/** Tries after the last answer; with the waits below about three hours without a connection. */
const TRIES_MAX = 600;
/** Longest wait between tries, milliseconds. */
const WAIT_MS_MAX = 20_000;
/** Bytes damaged on the way are sent again at most this often in a row. */
const DAMAGED_MAX = 5;
/** How often everything was sent and the server still lacked something. */
const ROUNDS_MAX = 3;

/** What a sender tells. */
export interface SenderEvents {
  /** The server has this many bytes, or they are on their way. */
  onProgress: (sent: number) => void;
  /** The upload has begun: its path on the server. */
  onPath: (path: string) => void;
  /** A request failed; it goes on by itself. */
  onStalled: (error: ApiError) => void;
  /** Every byte is there and is what the file has; `same` names the same film that was there before. */
  onSent: (same: SameFilm | null) => void;
  /** It does not go on by itself; `unreadable`: because of the file here. */
  onFailed: (error: ApiError, unreadable: boolean) => void;
}

/** What is sent, and where it stood before. */
export interface SenderWish extends UploadWish {
  /** Names it among the uploads of this page. */
  id: string;
  /** Path of an upload that began before. */
  path: string | null;
}

/** A file on its way. */
export interface Sender {
  start(): void;
  /** Stops; what the server has stays there. */
  stop(): void;
}

/** Full jitter: a wait of a random length up to a bound that doubles; at least what the server asked for. */
export function waitMs(attempt: number, retryAfter: number | null, chance: number): number {
  return Math.max((retryAfter ?? 0) * 1000, 200 + chance * Math.min(WAIT_MS_MAX, 500 * 2 ** Math.min(attempt, 10)));
}

/** Makes a sender; it does nothing before `start`. */
export function partSender(wish: SenderWish, events: SenderEvents): Sender {
  const sender = new PartSender(wish, events);
  return { start: () => void sender.run(), stop: () => sender.stop() };
}

/** What the server has, as far as it matters here. */
interface There {
  path: string;
  parts: Pick<UploadParts, 'there' | 'complete' | 'hash' | 'same_as'>;
}

const damagedForGood = () => new ApiError(Code.UploadChecksum, 422, codeSentences[Code.UploadChecksum]!);

/** The file here cannot be read: it was moved, changed or is on a disk that is gone. */
class Unreadable extends Error {}

class PartSender {
  private readonly stopper = new AbortController();
  /** SHA-256 of parts that were hashed on the way. */
  private readonly hashes = new Map<number, string>();
  /** Parts that were begun to be hashed. */
  private readonly hashing = new Set<number>();
  /** Bytes that the server has. */
  private confirmedBytes = 0;
  /** Bytes on their way, by the first byte of their portion. */
  private readonly onTheWay = new Map<number, number>();

  constructor(private readonly wish: SenderWish, private readonly events: SenderEvents) {}

  stop(): void {
    this.stopper.abort();
    lanes.forget(this.wish.id);
  }

  async run(): Promise<void> {
    const { signal } = this.stopper;
    try {
      const index = await this.index();
      let there = await this.begin();
      for (let round = 0; !there.parts.complete; round += 1) {
        if (round === ROUNDS_MAX) throw damagedForGood();
        await this.sendAll(there.path, index, there.parts.there);
        there = { path: there.path, parts: await this.tried(() => this.inTurn(() => uploadParts(there.path, signal))) };
      }
      const hash = await readable(hashOfFile(this.wish.file, this.hashes, signal));
      if (signal.aborted) return;
      if (hash !== there.parts.hash) throw new ApiError(Code.UploadChanged, 409, codeSentences[Code.UploadChanged]!);
      this.stop();
      this.events.onSent(there.parts.same_as);
    } catch (error) {
      if (signal.aborted) return;
      this.stop();
      const unreadable = error instanceof Unreadable;
      const known = error instanceof ApiError ? error : new ApiError(0, 0, t(unreadable ? 'upload.unreadable' : 'error.unexpected'));
      this.events.onFailed(known, unreadable);
    }
  }

  /** Where the index lies; without an answer the head goes first. */
  private async index(): Promise<Run[]> {
    const { file } = this.wish;
    const read = async (from: number, to: number) => new Uint8Array(await file.slice(from, to).arrayBuffer());
    return await readable(indexRuns(file.size, read));
  }

  /** What the server has of an upload that began before; else begins one. */
  private async begin(): Promise<There> {
    const { signal } = this.stopper;
    let { path } = this.wish;
    if (path !== null) {
      try {
        const known = path;
        return { path, parts: await this.tried(() => this.inTurn(() => uploadParts(known, signal))) };
      } catch (error) {
        // One that an older page began by tus cannot go on in parts.
        if (!(error instanceof ApiError) || error.code !== Code.UploadWay) throw error;
        await endUpload(path);
      }
    }
    path = await this.tried(() => this.inTurn(() => beginUpload(this.wish, signal)));
    if (!signal.aborted) this.events.onPath(path);
    return { path, parts: { there: [], complete: false, hash: null, same_as: null } };
  }

  private async sendAll(path: string, index: readonly Run[], there: readonly Run[]): Promise<void> {
    const order = new RunOrder(this.wish.file.size, index, there);
    this.confirmedBytes = bytesOf(there);
    this.tell();
    const pull = async () => {
      for (let portion = order.next(); portion; portion = order.next()) await this.sendPortion(path, portion, order);
    };
    await Promise.all(Array.from({ length: PORTIONS_IN_HAND }, pull));
  }

  private async sendPortion(path: string, { part, run }: Portion, order: RunOrder): Promise<void> {
    const { file } = this.wish;
    const { signal } = this.stopper;
    let left: readonly Run[] | null = [run];
    let damaged = 0;
    this.hashPart(part);
    await this.tried(async () => {
      if (left === null) {
        // After a failure: what of this portion came through is not sent again.
        const { there } = await this.inTurn(() => uploadParts(path, signal));
        left = missingOf(run, there);
        this.confirmedBytes = bytesOf(there);
        this.tell();
      }
      for (const one of left) {
        const hash = await readable(hashOfRun(file, one));
        left = null;
        try {
          const began = await this.inTurn(async () => {
            const at = performance.now();
            await sendRun({ path, part, run: one, file, hash }, (bytes) => this.move(one.from, Math.min(bytes, one.to - one.from)), signal);
            return at;
          });
          order.took(one.to - one.from, performance.now() - began);
        } catch (error) {
          damaged = error instanceof ApiError && error.code === Code.UploadChecksum ? damaged + 1 : 0;
          if (damaged === DAMAGED_MAX) throw damagedForGood();
          throw error;
        } finally {
          this.onTheWay.delete(one.from);
        }
        this.confirmedBytes += one.to - one.from;
        this.tell();
      }
    });
  }

  /** The hash of a whole part, beside its way: it is needed at the end. A failure shows then. */
  private hashPart(part: number): void {
    if (this.hashing.has(part)) return;
    this.hashing.add(part);
    hashOfRun(this.wish.file, partRun(part, this.wish.file.size)).then(
      (hash) => this.hashes.set(part, hash),
      () => this.hashing.delete(part),
    );
  }

  private move(from: number, bytes: number): void {
    if (this.stopper.signal.aborted) return;
    this.onTheWay.set(from, bytes);
    this.tell();
  }

  private tell(): void {
    if (this.stopper.signal.aborted) return;
    let sent = this.confirmedBytes;
    for (const bytes of this.onTheWay.values()) sent += bytes;
    this.events.onProgress(Math.min(sent, this.wish.file.size));
  }

  /** Does something with one of the page's turns. */
  private async inTurn<T>(act: () => Promise<T>): Promise<T> {
    const release = await lanes.take(this.wish.id, this.stopper.signal);
    if (release === null) throw new ApiError(0, 0, t('error.network'));
    try {
      return await act();
    } finally {
      release();
    }
  }

  /** Tries until it succeeds or is refused for good. */
  private async tried<T>(act: () => Promise<T>): Promise<T> {
    const { signal } = this.stopper;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await act();
      } catch (error) {
        if (signal.aborted || !(error instanceof ApiError) || !mayPass(error) || attempt === TRIES_MAX) throw error;
        this.events.onStalled(error);
        await untilNextTry(waitMs(attempt, error.retryAfter, Math.random()), signal);
      }
    }
  }
}

/** What fails here fails because of the file. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch {
    throw new Unreadable();
  }
}

/** Waits; less if the network comes back or nobody waits any more. */
function untilNextTry(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      window.clearTimeout(timer);
      window.removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      done();
    };
    const timer = window.setTimeout(end, ms);
    window.addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}
