// What the library knows of the video on the stage, brought up to date by what the channel hears.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, seg } from '@/api/client';
import { isUnderWay, keys } from '@/api/queries';
import { t } from '@/i18n/t';
import type { CaptionView, ChapterView, LoudnessView, VideoView } from '@/protocol/types';
import { useChannelView } from '@/sync/channel-store-react';
import type { SourceTimecode } from '@/sync/timecode';
import type { Prepared } from '../player/media';
import type { Preparation } from '../player/Transport';

/** Asked again while the version is prepared, milliseconds; progress in between comes by the socket. */
const UNDER_WAY_MS = 3_000;
/** Asked again when it is ready, milliseconds: somebody may have added captions. */
const READY_MS = 20_000;
const noChapters: readonly ChapterView[] = [];
const noCaptions: readonly CaptionView[] = [];
const noRenditions: readonly string[] = [];
const noLoudness: readonly LoudnessView[] = [];

/** The video on the stage. */
export interface StageVideo {
  readonly title: string | null;
  /** Its time code, as its source says; none before that is known. */
  readonly timecode: SourceTimecode | null;
  readonly prepared: Prepared;
  readonly percent: number | null;
  /** Percent of the file that are here, while it is on its way. */
  readonly uploaded: number | null;
  readonly preparation: Preparation | null;
  /** The library's card of it; none before it is known. */
  readonly view: VideoView | null;
  /** The version that plays. */
  readonly version: string | null;
  readonly chapters: readonly ChapterView[];
  readonly captions: readonly CaptionView[];
  readonly loudness: readonly LoudnessView[];
  readonly hasSound: boolean;
  /** Frame of the poster that somebody chose. */
  readonly posterFrame: number | null;
}

/** It, as known now. */
export function useStageVideo(channelId: string): StageVideo {
  const client = useQueryClient();
  const shown = useChannelView(({ own, state }) => (own ?? state?.timeline)?.video ?? null);
  const heardTitle = useChannelView(({ titles }) => (shown ? (titles[shown.video] ?? null) : null));
  const progress = useChannelView((view) => (shown ? view.progress[shown.version] : undefined));
  const revision = useChannelView((view) => view.libraryRevision);

  useEffect(() => {
    if (revision > 0) void client.invalidateQueries({ queryKey: keys.videos(channelId) });
  }, [client, channelId, revision]);

  const id = shown?.video ?? null;
  const { data } = useQuery({
    queryKey: [...keys.videos(channelId), 'one', id],
    queryFn: ({ signal }) => api.get<VideoView>(`/videos/${seg(id ?? '')}`, signal),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data?.versions.some((version) => isUnderWay(version.state)) ? UNDER_WAY_MS : READY_MS),
  });

  const version = data?.versions.find((one) => one.version === shown?.version);
  const permille = Math.max(version?.permille ?? 0, progress?.permille ?? 0);
  const ready = version?.state === 'ready';
  const percent = version && !ready ? Math.round(permille / 10) : null;
  const onItsWay = version?.uploaded_permille ?? null;
  const uploaded = onItsWay === null ? null : Math.floor(Math.max(onItsWay, progress?.uploaded_permille ?? 0) / 10);
  return {
    title: heardTitle ?? data?.title ?? null,
    timecode: version?.facts ? { startFrame: version.facts.start_frame, dropFrame: version.facts.drop_frame } : null,
    prepared: {
      ready: ready || version === undefined,
      renditions: version?.renditions ?? noRenditions,
      complete: progress?.complete ?? version?.complete ?? [],
      playableS: Math.max(version?.playable_s ?? 0, progress?.playable_s ?? 0),
      sharpS: Math.max(version?.sharp_s ?? 0, progress?.sharp_s ?? 0),
    },
    percent,
    uploaded,
    preparation: preparationOf(version?.state, percent, uploaded),
    view: data ?? null,
    version: version?.version ?? null,
    chapters: version?.facts?.chapters ?? noChapters,
    captions: version?.captions ?? noCaptions,
    loudness: version?.loudness ?? noLoudness,
    hasSound: (version?.facts?.audio_codec ?? null) !== null,
    posterFrame: version?.poster_frame ?? null,
  };
}

function preparationOf(state: VideoView['versions'][number]['state'] | undefined, percent: number | null, uploaded: number | null): Preparation | null {
  if (state === 'failed') return { words: t('transport.failed'), tone: 'bad' };
  if (uploaded !== null) return { words: t('transport.onItsWay', { percent: uploaded }), tone: 'plain' };
  if (state === 'processing' || state === 'playable') return { words: t('transport.preparing', { percent: percent ?? 0 }), tone: 'plain' };
  return null;
}
