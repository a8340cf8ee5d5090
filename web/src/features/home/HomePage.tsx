// Home: channels with people in them as cards, the others as rows, public ones to join, a new channel.

import { Link, useNavigate } from '@tanstack/react-router';
import { Plus, Tv } from 'lucide-react';
import { useState } from 'react';
import { useChannels, useSession } from '@/api/queries';
import { QueryError } from '@/app/QueryError';
import { Shell } from '@/app/Shell';
import { useChannelPreload } from '@/app/preload';
import { t } from '@/i18n/t';
import type { ChannelView } from '@/protocol/types';
import { Button, buttonClass } from '@/ui/button';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';
import { EmptyState } from '@/ui/states';
import { ChannelCard } from './ChannelCard';
import { ChannelRow } from './ChannelRow';
import { DeletedChannels } from './DeletedChannels';
import { NewChannelDialog } from './NewChannelDialog';

/** The page at `/`. */
export function HomePage() {
  useChannelPreload();
  const channels = useChannels();
  const [creating, setCreating] = useState(false);
  const navigate = useNavigate();
  const all = channels.data?.pages.flatMap((page) => page.channels) ?? [];
  // Guests come for one channel and make none.
  const user = useSession().data?.person?.kind === 'user';
  const empty = channels.data !== undefined && !all.some((one) => one.role !== null);
  return (
    <Shell title={t('app.home')}>
      <div className="mb-6 flex min-h-10 items-center justify-between gap-4">
        <h1 className="text-page font-semibold">{t('home.heading')}</h1>
        {user && !empty && <Button kind="primary" icon={Plus} onClick={() => setCreating(true)}>{t('home.new')}</Button>}
      </div>
      {channels.isPending && <HomeSkeleton />}
      {channels.isError && all.length === 0 && (
        <QueryError of={channels} />
      )}
      {channels.data && (
        <ChannelLists
          channels={all}
          onNew={user ? () => setCreating(true) : null}
        />
      )}
      {channels.hasNextPage && (
        <div className="mt-6 flex justify-center">
          <Button busy={channels.isFetchingNextPage} onClick={() => void channels.fetchNextPage()}>{t('action.loadMore')}</Button>
        </div>
      )}
      <DeletedChannels channels={channels.data?.pages[0]?.deleted ?? []} />
      <NewChannelDialog
        open={creating}
        onOpenChange={setCreating}
        onMade={(channel) => void navigate({ to: '/channel/$channel', params: { channel } })}
      />
    </Shell>
  );
}

function ChannelLists({ channels, onNew }: { channels: ChannelView[]; onNew: (() => void) | null }) {
  const mine = channels.filter((one) => one.role !== null);
  const live = mine.filter((one) => one.online > 0);
  const quiet = mine.filter((one) => one.online === 0);
  const open = channels.filter((one) => one.role === null);
  return (
    <div className="flex flex-col gap-8">
      {mine.length === 0 && (
        <EmptyState
          icon={Tv}
          title={t('home.empty.title')}
          text={onNew ? t('home.empty.text') : t('home.empty.guest')}
          action={onNew
            ? <Button kind="primary" icon={Plus} onClick={onNew}>{t('home.new')}</Button>
            : <Link to="/account" className={buttonClass('primary')}>{t('signUp.submit')}</Link>}
          className={open.length > 0 ? 'py-8' : ''}
        />
      )}
      {live.length > 0 && (
        <section aria-labelledby="live">
          <h2 id="live" className="mb-3 text-list font-medium text-text-2">{t('home.live')}</h2>
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-4">
            {live.map((one) => <li key={one.channel}><ChannelCard channel={one} /></li>)}
          </ul>
        </section>
      )}
      {quiet.length > 0 && (
        <section aria-labelledby="mine">
          <h2 id="mine" className="mb-3 text-list font-medium text-text-2">{live.length > 0 ? t('home.others') : t('home.mine')}</h2>
          <ul className="overflow-hidden rounded-card bg-surface-1 shadow-card">
            {quiet.map((one) => <ChannelRow key={one.channel} channel={one} />)}
          </ul>
        </section>
      )}
      {open.length > 0 && (
        <section aria-labelledby="open">
          <h2 id="open" className="mb-3 text-list font-medium text-text-2">{t('home.public')}</h2>
          <ul className="overflow-hidden rounded-card bg-surface-1 shadow-card">
            {open.map((one) => <ChannelRow key={one.channel} channel={one} />)}
          </ul>
        </section>
      )}
    </div>
  );
}

function HomeSkeleton() {
  return (
    <SkeletonRegion>
      <Skeleton className="mb-3 h-5 w-20" />
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-4">
        <Skeleton className="h-64" />
        <Skeleton className="h-64" />
      </div>
      <Skeleton className="mt-8 mb-3 h-5 w-28" />
      <Skeleton className="h-28" />
    </SkeletonRegion>
  );
}
