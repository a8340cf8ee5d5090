// My own offset: for a screen or headphones that are late.

import { RotateCcw } from 'lucide-react';
import { t } from '@/i18n/t';
import { IconButton } from '@/ui/button';
import { Slider } from '@/ui/slider';
import { OFFSET_MS_MAX, OFFSET_STEP_MS } from './own-offset';
import { usePlayer, usePlayerState } from './player-context';

/** The control in the sync panel. */
export function OwnOffset() {
  const player = usePlayer();
  const offsetMs = usePlayerState((state) => state.offsetMs);
  const words = offsetMs === 0
    ? t('sync.offset.none')
    : t(offsetMs > 0 ? 'sync.offset.ahead' : 'sync.offset.behind', { ms: Math.abs(offsetMs) });
  return (
    <div className="mt-3 border-t border-line pt-3">
      <div className="flex min-h-9 items-center gap-2">
        <span className="text-list">{t('sync.offset')}</span>
        <Slider
          label={t('sync.offset')}
          value={offsetMs}
          min={-OFFSET_MS_MAX}
          max={OFFSET_MS_MAX}
          step={OFFSET_STEP_MS}
          words={words}
          onChange={(ms) => player.setOffset(ms)}
          className="min-w-0 flex-1"
        />
        <span className="w-24 text-right text-meta tnum">{words}</span>
        <IconButton icon={RotateCcw} name={t('sync.offset.reset')} disabled={offsetMs === 0} onClick={() => player.setOffset(0)} />
      </div>
      <p className="text-meta text-text-2">{t('sync.offset.text')}</p>
    </div>
  );
}
