// Choosing a video of the library: to play now or to add to the queue.

import { Check, ListPlus, Play, Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { sentenceOf } from '@/api/client';
import { useVideos } from '@/api/queries';
import { posterUrl } from '@/api/media-address';
import { t } from '@/i18n/t';
import type { VideoView } from '@/protocol/types';
import { useChannel, useChannelView } from '@/sync/channel-store-react';
import { clockOfSeconds } from '@/sync/timecode';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';
import { entryOf, playableVersion } from './pick-video';

/** How long an entry says that it was added, milliseconds. */
const ADDED_MS = 2_000;

/** The dialog. `upload` stands where the library is empty. */
export function PickVideoDialog({ channelId, open, onOpenChange, upload }: {
  channelId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  upload: React.ReactNode;
}) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('picker.title')} text={t('picker.text')} width="normal">
      {open && <Picker channelId={channelId} onDone={() => onOpenChange(false)} upload={upload} />}
    </Dialog>
  );
}

function Picker({ channelId, onDone, upload }: { channelId: string; onDone: () => void; upload: React.ReactNode }) {
  const query = useVideos(channelId);
  const [wanted, setWanted] = useState('');
  const videos = query.data?.pages.flatMap((page) => page.videos) ?? [];
  const words = wanted.trim().toLocaleLowerCase();
  const found = words === '' ? videos : videos.filter(({ title }) => title.toLocaleLowerCase().includes(words));

  if (query.isError && !query.data) return <ErrorState text={sentenceOf(query.error)} onRetry={() => void query.refetch()} className="py-8" />;
  if (!query.data) {
    return (
      <SkeletonRegion className="flex flex-col gap-3">
        {[0, 1, 2].map((row) => <Skeleton key={row} className="h-14" />)}
      </SkeletonRegion>
    );
  }
  if (videos.length === 0) {
    return (
      <div className="flex flex-col items-center gap-4 py-8">
        <p className="text-body text-text-2">{t('picker.empty')}</p>
        {upload}
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <TextField
        autoFocus
        label={t('picker.search')}
        labelHidden
        placeholder={t('picker.search')}
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
        end={<Icon of={Search} size={16} className="mr-2 text-text-3" />}
      />
      <ul className="-mx-2 flex flex-col">
        {found.map((video) => <Row key={video.video} video={video} onDone={onDone} />)}
      </ul>
      {found.length === 0 && <p className="py-6 text-center text-list text-text-2">{t('picker.none')}</p>}
      {query.hasNextPage && (
        <Button kind="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('action.loadMore')}</Button>
      )}
    </div>
  );
}

function Row({ video, onDone }: { video: VideoView; onDone: () => void }) {
  const channel = useChannel();
  const playing = useChannelView(({ state }) => state?.timeline.video?.video === video.video);
  const entry = entryOf(video);
  const newest = video.versions[0];
  const version = playableVersion(video);
  const [added, setAdded] = useState(0);

  useEffect(() => {
    if (added === 0) return undefined;
    const timer = setTimeout(() => setAdded(0), ADDED_MS);
    return () => clearTimeout(timer);
  }, [added]);

  return (
    <li className="flex items-center gap-3 rounded-base p-2 hover:bg-surface-2">
      <Thumb version={version?.version ?? null} />
      <div className="min-w-0 flex-1">
        <p className="cut text-list font-medium">{video.title}</p>
        <p className="flex items-center gap-2 text-meta text-text-3 tnum">
          {version?.facts && clockOfSeconds(version.facts.duration_ms / 1_000)}
          {playing && <Badge tone="accent">{t('picker.playing')}</Badge>}
          {newest && newest.state === 'failed' && !entry && <Badge tone="bad">{t('picker.failed')}</Badge>}
          {newest && newest.state !== 'ready' && newest.state !== 'failed' && (
            <Badge>{newest.state === 'processing' || newest.state === 'playable' ? t('picker.preparing', { percent: Math.round(newest.permille / 10) }) : t('picker.notYet')}</Badge>
          )}
        </p>
      </div>
      <Button
        size="dense"
        kind="quiet"
        icon={added > 0 ? Check : ListPlus}
        className={added > 0 ? 'text-ok!' : ''}
        aria-label={`${t('queue.add')}: ${video.title}`}
        refusal={entry ? undefined : t('picker.notYet')}
        onClick={() => {
          if (!entry) return;
          channel.queueAdd(entry);
          setAdded(added + 1);
        }}
      >
        <span aria-live="polite">{added > 0 ? t('picker.added') : t('picker.queue')}</span>
      </Button>
      <Button
        size="dense"
        kind="primary"
        icon={Play}
        aria-label={`${t('picker.play')}: ${video.title}`}
        refusal={entry ? undefined : t('picker.notYet')}
        onClick={() => {
          if (!entry) return;
          channel.loadVideo(entry, true);
          onDone();
        }}
      >
        {t('picker.play')}
      </Button>
    </li>
  );
}

/** A poster in the size of a list. */
export function Thumb({ version }: { version: string | null }) {
  return (
    <span className="block aspect-video w-20 shrink-0 overflow-hidden rounded-chip bg-black">
      {version !== null && (
        <img
          src={posterUrl(version)}
          alt=""
          loading="lazy"
          className="size-full object-cover"
          onError={(event) => {
            event.currentTarget.hidden = true;
          }}
        />
      )}
    </span>
  );
}
