// One job: of which video, what it does, where it stands, who has it, why it failed, what can be done.

import { Link } from '@tanstack/react-router';
import { RotateCw, SquareX } from 'lucide-react';
import { explained } from '@/api/client';
import { t } from '@/i18n/t';
import { codeSentences } from '@/protocol/codes';
import type { JobView } from '@/protocol/types';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Progress } from '@/ui/progress';
import { jobTones, kindWords } from './job-words';

/** A row of the list. */
export function JobRow({ job, busy, onRetry, onStop }: {
  job: JobView;
  busy: boolean;
  onRetry: () => void;
  onStop: () => void;
}) {
  const title = job.title ?? t('jobs.untitled');
  const underWay = job.state === 'running' || job.state === 'waiting';
  const about = [
    kindWords(job),
    job.attempts > 1 || job.state === 'dead' ? t('jobs.attempts', { count: job.attempts }) : null,
    job.runner !== null && job.state !== 'waiting' ? t('jobs.by', { runner: job.runner }) : null,
  ].filter((words) => words !== null).join(' · ');
  return (
    <li className="flex min-h-18 items-center gap-4 border-b border-line px-4 py-3 last:border-0 max-sm:gap-3">
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2">
          {job.channel === null
            ? <span className="cut text-body font-medium">{title}</span>
            : (
                <Link to="/channel/$channel/library" params={{ channel: job.channel }} className="cut rounded-chip text-body font-medium hover:underline">
                  {title}
                </Link>
              )}
          <Badge tone={jobTones[job.state]}>{t(`jobs.state.${job.state}`)}</Badge>
        </div>
        <p className="text-meta break-words text-text-3 tnum">{about}</p>
        {job.state === 'running' && (
          <Progress label={t('jobs.progressOf', { title, kind: kindWords(job) })} parts={[job.permille / 1000]} className="mt-2 max-w-80" />
        )}
        {job.reason !== null && job.state !== 'done' && (
          <p className={cx('mt-1 line-clamp-3 text-list break-words', job.state === 'dead' ? 'text-bad' : 'text-text-2')}>
            {job.code === null
              ? job.reason
              : t('error.withCode', { sentence: explained(job.reason, codeSentences[job.code] ?? ''), code: String(job.code) })}
          </p>
        )}
      </div>
      {job.state === 'dead' && <Button size="dense" icon={RotateCw} busy={busy} onClick={onRetry}>{t('action.retry')}</Button>}
      {underWay && job.version !== null && (
        <IconButton icon={SquareX} name={t('jobs.stopOf', { title })} busy={busy} onClick={onStop} />
      )}
    </li>
  );
}
