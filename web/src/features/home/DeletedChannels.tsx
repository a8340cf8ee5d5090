// Channels of mine that were deleted and can be put back for a day.

import { Trash2 } from 'lucide-react';
import { useRestoreChannel } from '@/app/DeleteChannelDialog';
import { ago } from '@/i18n/format';
import { t } from '@/i18n/t';
import type { DeletedChannelView } from '@/protocol/types';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';

/** The list; nothing where there is none. */
export function DeletedChannels({ channels }: { channels: readonly DeletedChannelView[] }) {
  const restore = useRestoreChannel();
  if (channels.length === 0) return null;
  return (
    <section className="mt-8" aria-labelledby="deleted">
      <h2 id="deleted" className="mb-3 text-list font-medium text-text-2">{t('home.deleted')}</h2>
      <ul className="overflow-hidden rounded-card bg-surface-1 shadow-card">
        {channels.map((one) => (
          <li key={one.channel} className="flex min-h-14 items-center gap-3 border-b border-line px-4 py-2 last:border-0">
            <span className="grid size-8 shrink-0 place-items-center rounded-base bg-surface-2 text-text-3"><Icon of={Trash2} size={16} /></span>
            <div className="min-w-0 flex-1">
              <p className="cut text-body font-medium text-text-2">{one.name}</p>
              <p className="cut text-meta text-text-3">{t('home.deleted.until', { when: ago(one.undo_until / 1000) })}</p>
            </div>
            <Button size="dense" aria-label={t('home.deleted.restoreOf', { name: one.name })} className="max-md:h-10" onClick={() => restore(one.channel, one.name)}>
              {t('home.deleted.restore')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
