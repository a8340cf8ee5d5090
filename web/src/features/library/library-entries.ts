// What stands in the library: the server's videos with this page's uploads laid over them, and first those uploads that
// the server has not listed yet.

import type { VersionView, VideoView } from '@/protocol/types';
import type { UploadItem } from '../upload/upload-item';

/** One card. `version` is the newest. */
export type LibraryEntry =
  | { kind: 'video'; key: string; video: VideoView; version: VersionView; upload: UploadItem | null }
  | { kind: 'upload'; key: string; upload: UploadItem };

/** Cards of a channel, newest first. */
export function libraryEntries(channel: string, videos: readonly VideoView[], uploads: readonly UploadItem[]): LibraryEntry[] {
  const mine = uploads.filter((one) => one.channel === channel);
  const byId = new Map(mine.flatMap((one) => (one.uploadId === null ? [] : [[one.uploadId, one] as const])));
  const listed = new Set<string>();
  const entries = videos.flatMap((video): LibraryEntry[] => {
    const version = video.versions[0];
    if (!version || neverCame(version)) return [];
    const upload = version.upload === null ? undefined : byId.get(version.upload);
    if (upload) listed.add(upload.id);
    return [{ kind: 'video', key: video.video, video, version, upload: upload ?? null }];
  });
  const ahead = mine
    .filter((one) => !listed.has(one.id) && one.state !== 'sent' && !saidByServer(one))
    .map((upload): LibraryEntry => ({ kind: 'upload', key: upload.id, upload }))
    .reverse();
  return [...ahead, ...entries];
}

/** Refused after it had begun: the server's own card says why. */
const saidByServer = (upload: UploadItem): boolean => upload.state === 'failed' && upload.uploadId !== null;

/** Its upload was cancelled before the file was here: nothing to show, nothing to do. */
const neverCame = (version: VersionView): boolean =>
  version.state === 'cancelled' && version.facts === null && version.number === 1;

/** The newest version that can be watched, if any. */
export const watchable = (video: VideoView): VersionView | undefined =>
  video.versions.find((one) => one.state === 'playable' || one.state === 'ready');
