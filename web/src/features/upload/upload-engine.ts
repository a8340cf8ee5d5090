// Runs the uploads of this page: a few at once share its two requests, the others wait; remembered across reloads;
// paused, gone on with and ended by a person. Lives above the routes. What is shown is in `useUploads`; nothing here draws.

import { create } from 'zustand';
import { keys } from '@/api/queries';
import { queryClient } from '@/api/query-client';
import { t } from '@/i18n/t';
import { Code, codeSentences } from '@/protocol/codes';
import { newId } from '@/sync/ids';
import { fileOf, type ChosenFile } from './files';
import { fingerprintOf } from './hashes';
import { localPoster } from './local-poster';
import { RateMeter } from './rate';
import { sameFilm } from './same-film';
import { endUpload, isOver } from './part-requests';
import { partSender, type Sender } from './part-sender';
import type { UploadItem } from './upload-item';
import { uploadRecords, type UploadRecord } from './upload-records';

/** Uploads that take turns: more would only share the same line and slow each other's first picture. */
export const UPLOADS_AT_ONCE_MAX = 4;
/** Files that may be chosen at once and wait. */
export const UPLOADS_MAX = 50;
/** Progress is shown at most this often, milliseconds: an eye does not read faster. */
const SHOW_MS = 200;
/** A tab that sends says so this often, milliseconds ... */
const BEAT_MS = 2_000;
/** ... and is given up after this. */
const BEAT_MS_LOST = 7_000;

/** The uploads of this page, in the order of choosing. */
export const useUploads = create<{ items: readonly UploadItem[] }>(() => ({ items: [] }));

/** The same file would be refused again. */
const faultsOfTheFile: ReadonlySet<number> = new Set([
  Code.FileEmpty, Code.FileNotVideo, Code.FileDamaged, Code.MediaTooLarge, Code.UploadChanged,
]);

/** What belongs to an upload and is not shown. */
interface Job {
  record: UploadRecord;
  file: File | null;
  sender: Pick<Sender, 'stop'> | null;
  /** Goes although the same film is there, or this has been looked at. */
  anyway: boolean;
  meter: RateMeter;
  shownMs: number;
  beatMs: number;
}

const jobs = new Map<string, Job>();
let person: string | null = null;

/** This tab, the same across reloads. */
const tab = (() => {
  try {
    const known = sessionStorage.getItem('genlock.tab');
    const mine = known ?? newId();
    sessionStorage.setItem('genlock.tab', mine);
    return mine;
  } catch {
    return newId();
  }
})();

function show(id: string, change: Partial<UploadItem>): void {
  useUploads.setState(({ items }) => ({ items: items.map((one) => (one.id === id ? { ...one, ...change } : one)) }));
}

function itemOf(id: string): UploadItem | undefined {
  return useUploads.getState().items.find((one) => one.id === id);
}

function itemFrom(record: UploadRecord, state: UploadItem['state']): UploadItem {
  return {
    id: record.id,
    channel: record.channel,
    filename: record.filename,
    bytes: record.bytes,
    sent: record.sent,
    rate: null,
    state,
    reason: null,
    canRetry: true,
    uploadId: record.path?.split('/').at(-1) ?? null,
    poster: record.poster,
    hasHandle: record.handle !== null,
    same: null,
  };
}

function remember(job: Job, change: Partial<UploadRecord>): void {
  job.record = { ...job.record, ...change };
  // What is gone from the list is not written again by a late answer.
  if (jobs.has(job.record.id)) void uploadRecords.put(job.record);
}

function forget(id: string): void {
  jobs.delete(id);
  void uploadRecords.remove(id);
}

/** The file of an upload; null after a reload, until it has been chosen again. */
export const fileOfUpload = (id: string): File | null => jobs.get(id)?.file ?? null;

/** Begins to upload files into a channel. Answers with a sentence for each file that is refused at once. */
export function addUploads(chosen: readonly ChosenFile[], wish: { channel: string; video?: string; bytesMax: number }): string[] {
  const refused: string[] = [];
  for (const { file, handle } of chosen) {
    const code = file.size === 0 ? Code.FileEmpty : file.size > wish.bytesMax ? Code.MediaTooLarge : null;
    if (code !== null || jobs.size >= UPLOADS_MAX) {
      const sentence = code === null
        ? t('upload.tooMany', { count: UPLOADS_MAX })
        : t('error.withCode', { sentence: codeSentences[code]!, code: String(code) });
      refused.push(t('upload.refused', { filename: file.name, reason: sentence }));
      continue;
    }
    const record: UploadRecord = {
      id: newId(),
      person: person ?? '',
      channel: wish.channel,
      video: wish.video ?? null,
      filename: file.name,
      filetype: file.type,
      bytes: file.size,
      fingerprint: '',
      path: null,
      sent: 0,
      handle,
      poster: null,
      paused: false,
      tab,
      beatMs: Date.now(),
    };
    const job: Job = { record, file, sender: null, anyway: false, meter: new RateMeter(), shownMs: 0, beatMs: Date.now() };
    jobs.set(record.id, job);
    useUploads.setState(({ items }) => ({ items: [...items, itemFrom(record, 'waiting')] }));
    void fingerprintOf(file).then((fingerprint) => remember(job, { fingerprint }), () => undefined);
    void localPoster(file).then((poster) => {
      if (poster === null) return;
      remember(job, { poster });
      show(record.id, { poster });
    });
  }
  pump();
  return refused;
}

/** Lets the next ones go while there is room. */
function pump(): void {
  const { items } = useUploads.getState();
  let running = items.filter((one) => one.state === 'sending' || one.state === 'stalled' || one.state === 'comparing').length;
  for (const item of items) {
    if (running >= UPLOADS_AT_ONCE_MAX) return;
    if (item.state !== 'waiting') continue;
    running += 1;
    compareOrBegin(item.id);
  }
}

/** What has not begun is first looked for in the channel. */
function compareOrBegin(id: string): void {
  const job = jobs.get(id);
  if (!job?.file) return;
  if (job.anyway || job.record.path !== null) {
    begin(id);
    return;
  }
  const stopper = new AbortController();
  const mine = { stop: () => stopper.abort() };
  job.sender = mine;
  show(id, { state: 'comparing', reason: null });
  const onShare = (share: number) => {
    if (job.sender === mine) show(id, { reason: t('upload.comparing', { percent: Math.floor(share * 100) }) });
  };
  void sameFilm(job.file, job.record.channel, stopper.signal, onShare).then((same) => {
    if (job.sender !== mine) return;
    job.sender = null;
    if (same === null) {
      job.anyway = true;
      begin(id);
      return;
    }
    show(id, { state: 'duplicate', reason: null, same });
    pump();
  });
}

/** Uploads a film although the same one is there. */
export function uploadAnyway(id: string): void {
  const job = jobs.get(id);
  if (!job) return;
  job.anyway = true;
  show(id, { state: 'waiting', same: null });
  pump();
}

function begin(id: string): void {
  const job = jobs.get(id);
  if (!job?.file) return;
  job.meter.reset();
  const { record, file } = job;
  show(id, { state: 'sending', rate: null, reason: null });
  remember(job, { paused: false, tab, beatMs: Date.now() });
  const mine = partSender({ id, file, filename: record.filename, filetype: record.filetype, channel: record.channel, video: record.video, path: record.path }, {
    onPath: (path) => {
      if (job.sender !== mine) return;
      remember(job, { path });
      show(id, { uploadId: path.split('/').at(-1) ?? null });
      void queryClient.invalidateQueries({ queryKey: keys.videos(record.channel) });
    },
    onProgress: (sent) => {
      if (job.sender === mine) progress(id, job, sent);
    },
    onStalled: (error) => {
      if (job.sender !== mine) return;
      job.meter.reset();
      // Without a network the browser's own word is better than that of a failed request.
      const reason = navigator.onLine ? (error.offline ? null : error.sentence) : t('upload.offline');
      show(id, { state: 'stalled', rate: null, reason });
    },
    onSent: (same) => {
      if (job.sender !== mine) return;
      forget(id);
      show(id, { state: 'sent', sent: record.bytes, rate: null, same });
      void queryClient.invalidateQueries({ queryKey: keys.videos(record.channel) });
      pump();
    },
    onFailed: (error, unreadable) => {
      if (job.sender !== mine) return;
      job.sender = null;
      // An upload that the server does not know any more begins anew when it is tried again.
      if (error.code === Code.UploadUnknown) {
        remember(job, { path: null, sent: 0 });
        show(id, { uploadId: null });
      }
      // It must be chosen again, and may have moved.
      if (unreadable) job.file = null;
      const canRetry = !faultsOfTheFile.has(error.code);
      if (!canRetry) forget(id);
      show(id, { state: 'failed', rate: null, reason: error.sentence, canRetry });
      void queryClient.invalidateQueries({ queryKey: keys.videos(record.channel) });
      pump();
    },
  });
  job.sender = mine;
  mine.start();
}

function progress(id: string, job: Job, sent: number): void {
  const nowMs = performance.now();
  job.meter.note(sent, nowMs);
  if (Date.now() - job.beatMs > BEAT_MS) {
    job.beatMs = Date.now();
    remember(job, { beatMs: job.beatMs, sent });
  }
  if (nowMs - job.shownMs < SHOW_MS && sent < job.record.bytes) return;
  job.shownMs = nowMs;
  show(id, { state: 'sending', sent, rate: job.meter.rate, reason: null });
}

/** Stops an upload; it can go on later. */
export function pauseUpload(id: string): void {
  const job = jobs.get(id);
  if (!job) return;
  job.sender?.stop();
  job.sender = null;
  remember(job, { paused: true, sent: itemOf(id)?.sent ?? 0 });
  show(id, { state: 'paused', rate: null });
  pump();
}

/** Goes on with a paused or failed upload, or with one whose handle wants a press. False: the file is needed. */
export async function resumeUpload(id: string): Promise<boolean> {
  const job = jobs.get(id);
  if (!job) return true;
  if (!job.file && job.record.handle) {
    const file = await fileOf(job.record.handle, true);
    if (file) return (await giveFile(id, { file, handle: job.record.handle })) === null;
  }
  if (!job.file) {
    show(id, { state: 'needsFile' });
    return false;
  }
  show(id, { state: 'waiting', reason: null });
  pump();
  return true;
}

/** The file chosen again after a reload. A sentence if it is not the same one. */
export async function giveFile(id: string, chosen: ChosenFile): Promise<string | null> {
  const job = jobs.get(id);
  if (!job) return null;
  const { bytes, fingerprint, filename } = job.record;
  const differs = t('upload.notTheSame', { filename });
  if (chosen.file.size !== bytes) return differs;
  if (fingerprint !== '') {
    const given = await fingerprintOf(chosen.file).catch(() => null);
    if (given !== fingerprint) return differs;
  }
  job.file = chosen.file;
  remember(job, { handle: chosen.handle ?? job.record.handle, paused: false });
  show(id, { state: 'waiting', reason: null, hasHandle: job.record.handle !== null });
  pump();
  return null;
}

/** Ends an upload here and on the server. */
export async function cancelUpload(id: string): Promise<void> {
  const job = jobs.get(id);
  const channel = itemOf(id)?.channel;
  const path = job?.record.path ?? null;
  const sender = job?.sender;
  if (job) job.sender = null;
  forget(id);
  dismissUpload(id);
  pump();
  sender?.stop();
  if (path !== null) await endUpload(path);
  if (channel !== undefined) await queryClient.invalidateQueries({ queryKey: keys.videos(channel) });
}

/** Takes an entry off the list: one that is sent, or has failed for good. */
export function dismissUpload(id: string): void {
  if (jobs.has(id)) forget(id);
  useUploads.setState(({ items }) => ({ items: items.filter((one) => one.id !== id) }));
}

/** Takes up what a person had begun before a reload. Called when somebody signs in, with null when nobody is. */
export async function takeUpUploads(who: string | null): Promise<void> {
  if (who === person) return;
  for (const job of jobs.values()) job.sender?.stop();
  jobs.clear();
  useUploads.setState({ items: [] });
  person = who;
  if (who !== null) await takeUp(who);
}

async function takeUp(who: string): Promise<void> {
  const records = await uploadRecords.all(who);
  if (person !== who) return;
  let elsewhere = false;
  for (const record of records) {
    if (jobs.has(record.id)) continue;
    if (record.tab !== tab && Date.now() - record.beatMs < BEAT_MS_LOST) {
      elsewhere = true; // another tab is sending it
      continue;
    }
    if (record.path !== null && await isOver(record.path)) {
      await uploadRecords.remove(record.id);
      continue;
    }
    if (person !== who || jobs.has(record.id)) continue; // meanwhile
    const job: Job = { record, file: null, sender: null, anyway: false, meter: new RateMeter(), shownMs: 0, beatMs: Date.now() };
    jobs.set(record.id, job);
    useUploads.setState(({ items }) => ({ items: [...items, itemFrom(record, record.paused ? 'paused' : 'needsFile')] }));
    if (record.paused || !record.handle) continue;
    const file = await fileOf(record.handle, false);
    if (file) await giveFile(record.id, { file, handle: record.handle });
  }
  if (elsewhere) window.setTimeout(() => { if (person === who) void takeUp(who); }, BEAT_MS_LOST);
}

