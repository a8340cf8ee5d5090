// For owners: what prepares videos on this server, and how far its sandbox reaches; what is missing, and what raises it.

import { Check, X } from 'lucide-react';
import { useMediaTools } from '@/api/queries';
import { QueryError } from '@/app/QueryError';
import { t } from '@/i18n/t';
import type { MediaToolsView } from '@/protocol/types';
import { Badge } from '@/ui/badge';
import { Icon } from '@/ui/icon';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';

const levels = {
  open: 'mediaTools.level.open',
  floor: 'mediaTools.level.floor',
  walled: 'mediaTools.level.walled',
  separate: 'mediaTools.level.separate',
  full: 'mediaTools.level.full',
} as const;

/** The card on the account page. */
export function MediaToolsCard() {
  const tools = useMediaTools();
  return (
    <section className="flex flex-col gap-4 rounded-card bg-surface-1 p-5 shadow-card">
      <h2 className="text-title font-semibold">{t('mediaTools.title')}</h2>
      {tools.isPending && (
        <SkeletonRegion className="flex flex-col gap-2">
          <Skeleton className="h-5 w-2/3" />
          <Skeleton className="h-20" />
        </SkeletonRegion>
      )}
      {tools.isError && (
        <QueryError of={tools} />
      )}
      {tools.data && <Found tools={tools.data} />}
    </section>
  );
}

function Found({ tools }: { tools: MediaToolsView }) {
  const level = Object.entries(levels).find(([name]) => name === tools.level)?.[1];
  return (
    <>
      {tools.problem && <p className="rounded-base bg-tint-warn px-3 py-2 text-list">{tools.problem}</p>}
      {tools.ffmpeg && (
        <div>
          <p className="text-list break-words">{tools.ffmpeg}</p>
          <p className="mt-1 text-list text-text-2">{t('mediaTools.holes', { note: tools.holes_note ?? '' })}</p>
          {tools.holes.length > 0 && (
            <ul className="mt-2 flex flex-col gap-1 text-list text-text-2">
              {tools.holes.map((hole) => <li key={hole.cve}><span className="text-text-1">{hole.cve}</span> {hole.what}</li>)}
            </ul>
          )}
        </div>
      )}
      {tools.level && (
        <div>
          <p className="flex flex-wrap items-center gap-2 text-list">
            {t('mediaTools.level')}
            <Badge tone={tools.level === 'open' ? 'warn' : 'ok'}>{tools.level}</Badge>
            {level && <span className="text-text-2">{t(level)}</span>}
          </p>
          <ul className="mt-3 grid grid-cols-[repeat(auto-fill,minmax(min(100%,13rem),1fr))] gap-x-4 gap-y-1.5 text-list">
            {tools.layers.map((layer) => (
              <li key={layer.name} className="flex items-center gap-2">
                <Icon of={layer.there ? Check : X} className={layer.there ? 'text-ok' : 'text-text-2'} />
                <span className={layer.there ? undefined : 'text-text-2'}>{layer.name}</span>
                <span className="sr-only">{layer.there ? t('mediaTools.there') : t('mediaTools.missing')}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {tools.lacks.map((lack) => (
        <div key={lack.what} className="border-t border-line pt-3 text-list">
          <p>{t('mediaTools.lack', { what: lack.what, why: lack.why })}</p>
          <p className="mt-1 break-words text-text-2">{t('mediaTools.raise', { raise: lack.raise })}</p>
        </div>
      ))}
    </>
  );
}
