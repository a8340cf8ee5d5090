// What the instance is doing now, for those who run it: rooms, connections, jobs, and how close players are to the
// timeline.

import { Activity } from 'lucide-react';
import { useNumbers } from '@/api/queries';
import { QueryError } from '@/app/QueryError';
import { Shell } from '@/app/Shell';
import { t } from '@/i18n/t';
import type { JobWord, LiveNumbers, SyncNumbers } from '@/protocol/types';
import { useBanner } from '@/ui/banner';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';
import { EmptyState } from '@/ui/states';
import { ProgramTokens } from '../tokens/ProgramTokens';
import { ShareRow } from './ShareRow';
import { SpreadCard } from './SpreadCard';

/** The page at `/numbers`. */
export function NumbersPage() {
  const numbers = useNumbers();
  useBanner('notice', numbers.isError && numbers.data ? t('numbers.stale') : null);
  return (
    <Shell title={t('numbers.heading')}>
      <h1 className="mb-4 text-page font-semibold">{t('numbers.heading')}</h1>
      {numbers.isPending && (
        <SkeletonRegion className="flex flex-col gap-4">
          <Skeleton className="h-20" />
          <Skeleton className="h-48" />
        </SkeletonRegion>
      )}
      {numbers.isError && !numbers.data && <QueryError of={numbers} />}
      {numbers.data && (
        <>
          <Now numbers={numbers.data} />
          <Sync sync={numbers.data.sync} />
          <ProgramTokens scope="metrics" />
        </>
      )}
    </Shell>
  );
}

function Now({ numbers }: { numbers: LiveNumbers }) {
  const jobs = (state: JobWord) => numbers.jobs.find((one) => one.state === state)?.count ?? 0;
  const figures = [
    ['numbers.rooms', numbers.rooms],
    ['numbers.connections', numbers.connections],
    ['numbers.jobs.running', jobs('running')],
    ['numbers.jobs.waiting', jobs('waiting')],
    ['numbers.jobs.dead', jobs('dead')],
  ] as const;
  return (
    <section aria-label={t('numbers.now')}>
      <dl className="grid grid-cols-[repeat(auto-fit,minmax(8rem,1fr))] gap-4 rounded-card bg-surface-1 p-5 shadow-card">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt className="text-meta text-text-2">{t(name)}</dt>
            <dd className="text-page font-semibold tnum">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Sync({ sync }: { sync: SyncNumbers }) {
  const reports = sync.statuses.reduce((sum, one) => sum + one.count, 0);
  return (
    <section className="mt-10" aria-labelledby="sync">
      <h2 id="sync" className="text-title font-semibold">{t('numbers.sync')}</h2>
      <p className="mt-1 mb-4 max-w-150 text-list text-text-2">{t('numbers.sync.text', { minutes: sync.minutes })}</p>
      {reports === 0 ? (
        <EmptyState icon={Activity} title={t('numbers.none.title')} text={t('numbers.none.text')} className="rounded-card bg-surface-1 shadow-card" />
      ) : (
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <section className="min-w-0 rounded-card bg-surface-1 p-5 shadow-card" aria-label={t('numbers.statuses')}>
            <h3 className="mb-3 text-title font-semibold">{t('numbers.statuses')}</h3>
            <ul className="flex flex-col gap-1">
              {sync.statuses.map(({ status, count }) => (
                <ShareRow key={status} words={t(`numbers.status.${status}`)} count={count} of={reports} />
              ))}
            </ul>
          </section>
          {sync.error.count > 0 && (
            <>
              <SpreadCard title={t('numbers.error')} spread={sync.error} />
              <SpreadCard title={t('numbers.bound')} spread={sync.bound} />
              <SpreadCard title={t('numbers.roundTrip')} spread={sync.round_trip} />
            </>
          )}
        </div>
      )}
    </section>
  );
}
