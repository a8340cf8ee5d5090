// Which of a video's versions can be watched, and how far the newest one is. Pure.

import type { QueueItem, VersionView, VideoView } from '@/protocol/types';

/** States in which a version plays. */
const PLAYS: ReadonlySet<VersionView['state']> = new Set(['playable', 'ready']);

/** The newest version that plays. */
export function playableVersion(video: VideoView): VersionView | null {
  return video.versions.find(({ state, facts }) => PLAYS.has(state) && facts !== null) ?? null;
}

/** The video as an entry of the queue; none while it does not play. */
export function entryOf(video: VideoView): Omit<QueueItem, 'item' | 'added_by'> | null {
  const version = playableVersion(video);
  if (!version?.facts) return null;
  const { rate, frames } = version.facts;
  return { video: video.video, version: version.version, title: video.title, rate, frames };
}
