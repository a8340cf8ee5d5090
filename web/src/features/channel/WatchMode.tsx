// Together, or on my own: two ways to watch, one chosen.

import { t } from '@/i18n/t';
import { useChannel, useChannelView } from '@/sync/channel-store-react';
import { cx } from '@/ui/cx';

/** The choice. */
export function WatchMode({ className }: { className?: string }) {
  const channel = useChannel();
  const own = useChannelView((view) => view.own !== null);
  const can = useChannelView((view) => (view.state?.timeline.video ?? null) !== null);
  const choices = [
    { key: 'together', words: t('channel.together'), chosen: !own, run: () => channel.returnToOthers(), off: false },
    { key: 'own', words: t('channel.own'), chosen: own, run: () => channel.goOnMyOwn(), off: !can },
  ] as const;
  return (
    <div role="radiogroup" aria-label={t('channel.mode')} className={cx('flex rounded-base bg-surface-2 p-0.5', className)}>
      {choices.map(({ key, words, chosen, run, off }) => (
        <button
          key={key}
          type="button"
          role="radio"
          aria-checked={chosen}
          disabled={off}
          title={off ? t('channel.own.needsVideo') : undefined}
          onClick={run}
          className={cx(
            'h-7 rounded-chip px-2.5 text-meta font-medium whitespace-nowrap transition-colors disabled:opacity-45',
            chosen ? 'bg-raised text-text shadow-card' : 'text-text-2 hover:text-text',
          )}
        >
          {words}
        </button>
      ))}
    </div>
  );
}
