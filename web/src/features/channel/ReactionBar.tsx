// The six reactions as buttons, keys 1 to 6.

import { SmilePlus } from 'lucide-react';
import { t } from '@/i18n/t';
import { useChannel } from '@/sync/channel-store-react';
import { IconButton } from '@/ui/button';
import { Popover } from '@/ui/popover';
import { Tooltip } from '@/ui/tooltip';
import { REACTIONS } from './reactions';

/** The buttons. */
export function ReactionBar() {
  const channel = useChannel();
  return (
    <div role="group" aria-label={t('stage.reactions')} className="flex items-center gap-0.5">
      {REACTIONS.map((emoji, index) => (
        <Tooltip key={emoji} words={t('stage.react', { emoji })} shortcut={String(index + 1)} side="top">
          <button
            type="button"
            aria-label={t('stage.react', { emoji })}
            onClick={() => channel.react(emoji)}
            className="grid size-9 place-items-center rounded-base text-[18px] leading-none transition-[transform,background-color] hover:bg-surface-2 active:scale-90 max-md:size-11"
          >
            <span aria-hidden>{emoji}</span>
          </button>
        </Tooltip>
      ))}
    </div>
  );
}

/** The same behind one button, where there is little room. */
export function ReactionButton() {
  return (
    <Popover label={t('stage.reactions')} className="w-auto p-1" trigger={<IconButton icon={SmilePlus} name={t('stage.reactions')} />}>
      <ReactionBar />
    </Popover>
  );
}
