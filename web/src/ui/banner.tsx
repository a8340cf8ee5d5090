// The one banner slot, under the top bar and over the page: the highest wish is shown, the others wait. Features and
// hooks wish by `useBanner`; nothing moves when a banner comes or goes.

import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { create } from 'zustand';
import { Button } from './button';
import { cx } from './cx';
import { Icon } from './icon';

/** Highest first (product.md, "Messages"). */
const order = ['readOnly', 'offline', 'reconnecting', 'newVersion', 'notice'] as const;
/** What a banner is about. */
export type BannerKind = (typeof order)[number];

/** A banner to be shown. */
export interface BannerWish {
  kind: BannerKind;
  words: string;
  action?: { words: string; run: () => void };
}

const useBanners = create<{ wishes: Partial<Record<BannerKind, BannerWish>> }>(() => ({ wishes: {} }));

/** Shows or takes away the banner of a kind, from outside of React. */
export function setBanner(kind: BannerKind, wish: Omit<BannerWish, 'kind'> | null): void {
  useBanners.setState(({ wishes }) => {
    const { [kind]: _before, ...rest } = wishes;
    return { wishes: wish ? { ...rest, [kind]: { kind, ...wish } } : rest };
  });
}

/** Shows a banner while `words` are given and the component is mounted. */
export function useBanner(kind: BannerKind, words: string | null, action?: { words: string; run: () => void }): void {
  const actionWords = action?.words;
  const run = action?.run;
  useEffect(() => {
    if (words === null) return undefined;
    setBanner(kind, { words, ...(actionWords !== undefined && run ? { action: { words: actionWords, run } } : {}) });
    return () => setBanner(kind, null);
  }, [kind, words, actionWords, run]);
}

const looks: Record<BannerKind, { icon: typeof Info; tint: string; ink: string }> = {
  readOnly: { icon: CircleAlert, tint: 'bg-tint-bad', ink: 'text-bad' },
  offline: { icon: TriangleAlert, tint: 'bg-tint-warn', ink: 'text-warn' },
  reconnecting: { icon: TriangleAlert, tint: 'bg-tint-warn', ink: 'text-warn' },
  newVersion: { icon: Info, tint: 'bg-tint-accent', ink: 'text-on-tint-accent' },
  notice: { icon: Info, tint: 'bg-tint-accent', ink: 'text-on-tint-accent' },
};

/** Where the banner stands: put once, under the top bar. */
export function BannerSlot(): ReactNode {
  const wishes = useBanners((state) => state.wishes);
  const kind = order.find((one) => wishes[one]);
  const wish = kind && wishes[kind];
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-12 z-30 flex justify-center px-4 pt-2 max-md:top-11">
      {wish && (
        <div className={cx('pointer-events-auto flex min-h-9 max-w-180 animate-fade items-center gap-2.5 rounded-base py-1 pr-1.5 pl-3 shadow-menu', looks[wish.kind].tint)}>
          <Icon of={looks[wish.kind].icon} size={16} className={cx('shrink-0', looks[wish.kind].ink)} />
          <p className="py-1 pr-1.5 text-list text-text">{wish.words}</p>
          {wish.action && (
            <Button size="dense" kind="quiet" className={looks[wish.kind].ink} onClick={wish.action.run}>{wish.action.words}</Button>
          )}
        </div>
      )}
    </div>
  );
}
