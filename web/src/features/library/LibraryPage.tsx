// The library of a channel: its videos, what is being uploaded and prepared; grid or list.

import { Film, LayoutGrid, List } from 'lucide-react';
import { useState } from 'react';
import { useChannel, useInstance, useSession, useVideos } from '@/api/queries';
import { mayUpload } from '@/api/rights';
import { QueryError } from '@/app/QueryError';
import { ChannelShell } from '@/app/ChannelShell';
import { t } from '@/i18n/t';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';
import { EmptyState } from '@/ui/states';
import { LookSwitch } from './LookSwitch';
import { DropArea } from '../upload/DropArea';
import { UploadButton } from '../upload/UploadButton';
import { useUploads } from '../upload/upload-engine';
import { LibraryCard, type LibraryLook } from './LibraryCard';
import { libraryEntries } from './library-entries';
import { useVideoActions } from './use-video-actions';

const LOOK_KEY = 'genlock.library';
const grid = 'grid grid-cols-[repeat(auto-fill,minmax(min(100%,15rem),1fr))] gap-4';

function storedLook(): LibraryLook {
  try {
    return localStorage.getItem(LOOK_KEY) === 'list' ? 'list' : 'grid';
  } catch {
    return 'grid';
  }
}

/** The page at `/channel/{channel}/library`. */
export function LibraryPage({ channel }: { channel: string }) {
  const view = useChannel(channel);
  const videos = useVideos(channel);
  const session = useSession();
  const instance = useInstance();
  const uploads = useUploads((state) => state.items);
  const actions = useVideoActions(channel);
  const [look, setLook] = useState(storedLook);
  const role = view.data?.role ?? null;
  const uploader = mayUpload(role);
  const entries = libraryEntries(channel, videos.data?.pages.flatMap((page) => page.videos) ?? [], uploads);

  const choose = (next: LibraryLook) => {
    setLook(next);
    try {
      localStorage.setItem(LOOK_KEY, next);
    } catch {
      // Storage is switched off: it holds for this page.
    }
  };

  return (
    <ChannelShell channel={channel} page="library">
      <DropArea channel={channel} channelName={view.data?.name ?? ''} enabled={uploader && instance.data?.media_problem === null}>
        <div className="mb-6 flex min-h-10 items-center justify-between gap-4">
          <h1 className="text-page font-semibold">{t('library.heading')}</h1>
          <div className={cx('flex items-center gap-2', (view.isPending || videos.isPending) && 'invisible')}>
            {entries.length > 0 && (
              <LookSwitch
                label={t('library.look')}
                value={look}
                onChange={choose}
                options={[
                  { value: 'grid', words: t('library.grid'), icon: LayoutGrid },
                  { value: 'list', words: t('library.list'), icon: List },
                ]}
              />
            )}
            {uploader && <UploadButton channel={channel} />}
          </div>
        </div>
        {instance.data?.media_problem && (
          <p role="status" className="mb-6 rounded-base bg-tint-warn px-3 py-2 text-list">{instance.data.media_problem}</p>
        )}
        {instance.data?.media_notice && (
          <p role="status" className="mb-6 rounded-base bg-tint-warn px-3 py-2 text-list">{instance.data.media_notice}</p>
        )}
        {videos.isPending && (
          <SkeletonRegion className={grid}>
            {[0, 1, 2, 3].map((card) => <Skeleton key={card} className="aspect-[16/13]" />)}
          </SkeletonRegion>
        )}
        {videos.isError && entries.length === 0 && (
          <QueryError of={videos} />
        )}
        {videos.data && entries.length === 0 && (
          <EmptyState
            icon={Film}
            title={t('library.empty.title')}
            text={uploader ? t('library.empty.text') : t('library.empty.viewer')}
            action={uploader && <UploadButton channel={channel} />}
          />
        )}
        {entries.length > 0 && (
          <ul className={look === 'grid' ? grid : 'divide-y divide-line overflow-hidden rounded-card bg-surface-1 shadow-card'}>
            {entries.map((entry) => (
              <li key={entry.key} id={entry.kind === 'video' ? `video-${entry.key}` : undefined} className="scroll-mt-20">
                <LibraryCard entry={entry} look={look} role={role} me={session.data?.person?.person ?? null} actions={actions} />
              </li>
            ))}
          </ul>
        )}
        {videos.hasNextPage && (
          <div className="mt-6 flex justify-center">
            <Button busy={videos.isFetchingNextPage} onClick={() => void videos.fetchNextPage()}>{t('action.loadMore')}</Button>
          </div>
        )}
      </DropArea>
    </ChannelShell>
  );
}
