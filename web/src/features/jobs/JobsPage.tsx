// The work of the instance, for those who run it: every job by state, with what can be done about it, and the workers
// that may come from other machines.

import { useNavigate } from '@tanstack/react-router';
import { ListChecks } from 'lucide-react';
import { useState } from 'react';
import { sentenceOf } from '@/api/client';
import { useCancelJob, useJobs, useRetryAnyJob } from '@/api/jobs';
import { QueryError } from '@/app/QueryError';
import { Shell } from '@/app/Shell';
import { t } from '@/i18n/t';
import type { JobView, JobWord } from '@/protocol/types';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';
import { EmptyState } from '@/ui/states';
import { TabPanel, Tabs } from '@/ui/tabs';
import { toast } from '@/ui/toast';
import { ProgramTokens } from '../tokens/ProgramTokens';
import { JobRow } from './JobRow';
import { jobFilters, type JobFilter } from './job-words';

const complain = (error: unknown) => toast({ kind: 'bad', words: sentenceOf(error) });

/** The page at `/jobs`. */
export function JobsPage({ filter }: { filter: JobFilter }) {
  const navigate = useNavigate();
  const jobs = useJobs(filter === 'all' ? null : filter);
  const retry = useRetryAnyJob();
  const cancel = useCancelJob();
  const [stopping, setStopping] = useState<JobView | null>(null);
  const list = jobs.data?.pages.flatMap((page) => page.jobs) ?? [];
  const counts = new Map<JobWord, number>(jobs.data?.pages[0]?.counts.map((one) => [one.state, one.count]) ?? []);
  return (
    <Shell title={t('jobs.heading')}>
      <h1 className="mb-4 text-page font-semibold">{t('jobs.heading')}</h1>
      <Tabs
        label={t('jobs.filter')}
        value={filter}
        onChange={(next) => void navigate({ to: '/jobs', search: next === 'running' ? {} : { state: next }, replace: true })}
        listClassName="mb-4 overflow-x-auto px-0"
        tabs={jobFilters.map((value) => ({
          value,
          words: t(`jobs.filter.${value}`),
          badge: value !== 'all' && (counts.get(value) ?? 0) > 0 && (
            <Badge tone={value === 'dead' ? 'bad' : 'plain'}>{String(counts.get(value))}</Badge>
          ),
        }))}
      >
        <TabPanel value={filter}>
          {jobs.isPending && (
            <SkeletonRegion className="flex flex-col gap-px overflow-hidden rounded-card">
              {[0, 1, 2, 3].map((row) => <Skeleton key={row} className="h-18 rounded-none" />)}
            </SkeletonRegion>
          )}
          {jobs.isError && list.length === 0 && (
            <QueryError of={jobs} />
          )}
          {jobs.data && list.length === 0 && (
            <EmptyState icon={ListChecks} title={t(`jobs.empty.${filter}`)} text={t('jobs.empty.text')} />
          )}
          {list.length > 0 && (
            <ul aria-label={t('jobs.heading')} className="overflow-hidden rounded-card bg-surface-1 shadow-card">
              {list.map((job) => (
                <JobRow
                  key={job.job}
                  job={job}
                  busy={(retry.isPending && retry.variables === job.job) || (cancel.isPending && cancel.variables === job.job)}
                  onRetry={() => retry.mutate(job.job, { onError: complain })}
                  onStop={() => setStopping(job)}
                />
              ))}
            </ul>
          )}
          {jobs.hasNextPage && (
            <div className="mt-6 flex justify-center">
              <Button busy={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>{t('action.loadMore')}</Button>
            </div>
          )}
        </TabPanel>
      </Tabs>
      {jobs.data && <ProgramTokens scope="work" />}
      <ConfirmDialog
        open={stopping !== null}
        onOpenChange={(open) => { if (!open) setStopping(null); }}
        title={t('jobs.stop.title', { title: stopping?.title ?? t('jobs.untitled') })}
        text={t('jobs.stop.text')}
        action={t('jobs.stop')}
        onConfirm={() => cancel.mutateAsync(stopping!.job).catch(complain)}
      />
    </Shell>
  );
}
