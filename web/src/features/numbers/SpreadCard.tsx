// How times are spread: four figures, and a bar for each range.

import { t } from '@/i18n/t';
import type { Spread } from '@/protocol/types';
import { ShareRow } from './ShareRow';
import { filled, millis } from './share-words';

/** A card; `spread` has at least one value. */
export function SpreadCard({ title, spread }: { title: string; spread: Spread }) {
  const figures = [
    ['numbers.p50', spread.p50_us], ['numbers.p95', spread.p95_us], ['numbers.p99', spread.p99_us], ['numbers.max', spread.max_us],
  ] as const;
  return (
    <section className="min-w-0 rounded-card bg-surface-1 p-5 shadow-card" aria-label={title}>
      <h3 className="text-title font-semibold">{title}</h3>
      <dl className="mt-3 mb-4 grid grid-cols-2 gap-3 sm:grid-cols-4">
        {figures.map(([name, us]) => (
          <div key={name}>
            <dt className="text-meta text-text-2">{t(name)}</dt>
            <dd className="text-body font-medium tnum">{us === null ? '–' : t('numbers.ms', { ms: millis(us) })}</dd>
          </div>
        ))}
      </dl>
      <ul className="flex flex-col gap-1">
        {filled(spread).map(({ fromUs, upToUs, count }) => (
          <ShareRow
            key={upToUs ?? -1}
            words={upToUs === null ? t('numbers.above', { ms: millis(fromUs) }) : t('numbers.upTo', { ms: millis(upToUs) })}
            count={count}
            of={spread.count}
          />
        ))}
      </ul>
    </section>
  );
}
