// What a job is, in words, and the filters of the list.

import { t } from '@/i18n/t';
import type { JobView } from '@/protocol/types';
import type { BadgeTone } from '@/ui/badge';

/** Filters in the order of their tabs. */
export const jobFilters = ['running', 'waiting', 'dead', 'done', 'cancelled', 'all'] as const;
/** A filter. */
export type JobFilter = (typeof jobFilters)[number];

/** The filter that an address asks for. */
export const jobFilterOf = (text: string | null): JobFilter =>
  jobFilters.find((filter) => filter === text) ?? 'running';

/** Colour of each state, beside its word. */
export const jobTones: Readonly<Record<JobView['state'], BadgeTone>> = {
  waiting: 'plain', running: 'accent', done: 'ok', dead: 'bad', cancelled: 'plain',
};

/** `Picture, part 3`. Kinds that this page does not know keep their own name. */
export function kindWords(job: JobView): string {
  const part = (job.part ?? 0) + 1;
  switch (job.kind) {
    case 'probe': return t('jobs.kind.probe');
    case 'chunk': return t('jobs.kind.chunk', { part: String(part) });
    case 'audio': return t('jobs.kind.audio', { part: String(part) });
    case 'probe_ahead': return t('jobs.kind.ahead');
    case 'copy': return t('jobs.kind.copy', { part: String(part) });
    case 'waveform': return t('jobs.kind.waveform');
    case 'key_frames': return t('jobs.kind.keyFrames');
    case 'captions': return t('jobs.kind.captions');
    case 'loudness': return t('jobs.kind.loudness');
    case 'poster':
    case 'poster_at': return t('jobs.kind.poster');
    case 'publish': return t('jobs.kind.publish');
    case 'sweep': return t('jobs.kind.sweep');
    default: return job.kind;
  }
}
