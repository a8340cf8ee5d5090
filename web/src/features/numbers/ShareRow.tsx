// A line of a chart: what, a bar, its share.

import { t } from '@/i18n/t';
import { percent } from './share-words';

/** One of several parts of a whole, as an item of a list. */
export function ShareRow({ words, count, of }: { words: string; count: number; of: number }) {
  return (
    <li className="grid grid-cols-[8.5rem_1fr_4rem] items-center gap-2 text-meta">
      <span className="cut text-text-2">{words}</span>
      <span aria-hidden="true" className="h-2.5 overflow-hidden rounded-full bg-surface-3">
        <span className="block h-full origin-left bg-accent" style={{ transform: `scaleX(${(of > 0 ? count / of : 0).toFixed(4)})` }} />
      </span>
      <span className="text-right tnum">{t('numbers.share', { percent: percent(count, of) })}</span>
    </li>
  );
}
