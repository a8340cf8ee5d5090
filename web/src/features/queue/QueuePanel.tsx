// The queue tab: what comes next. Entries move by dragging or by buttons, are taken out or played now.

import { ArrowDown, ArrowUp, GripVertical, ListPlus, ListVideo, Play, X } from 'lucide-react';
import { useState, type DragEvent } from 'react';
import { t } from '@/i18n/t';
import type { QueueItem } from '@/protocol/types';
import { useChannel, useChannelView, useRights } from '@/sync/channel-store-react';
import { clockOfSeconds, secondsOf } from '@/sync/timecode';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Icon } from '@/ui/icon';
import { Thumb } from './PickVideoDialog';

/** The panel. `onAdd` opens the choice of videos; `title` is of what plays now. */
export function QueuePanel({ title, onAdd }: { title: string | null; onAdd: () => void }) {
  const channel = useChannel();
  const queue = useChannelView((view) => view.state?.queue);
  const now = useChannelView(({ state }) => state?.timeline.video ?? null);
  const { steer } = useRights();
  const [dragged, setDragged] = useState<string | null>(null);
  const [target, setTarget] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const refusal = steer ? undefined : t('transport.noRight');
  const items = queue ?? [];

  const move = (item: QueueItem, to: number) => {
    const others = items.filter(({ item: id }) => id !== item.item);
    channel.queueMove(item.item, others[to]?.item ?? null);
    setSaid(t('queue.moved', { title: item.title, place: to + 1 }));
  };
  const onDrop = (event: DragEvent, before: string | null) => {
    event.preventDefault();
    if (dragged !== null && dragged !== before) channel.queueMove(dragged, before);
    setDragged(null);
    setTarget(null);
  };

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="min-h-0 flex-1 overflow-y-auto py-2">
        {now && (
          <>
            <h2 className="px-4 pt-3 pb-1.5 text-label font-medium text-text-3">{t('queue.now')}</h2>
            <div className="flex items-center gap-3 px-4 py-1.5">
              <Thumb version={now.version} />
              <div className="min-w-0 flex-1">
                <p className="line-clamp-2 text-list font-medium">{title ?? t('state.loading')}</p>
                <p className="text-meta text-text-3 tnum">{clockOfSeconds(secondsOf(now.frames, now.rate))}</p>
              </div>
            </div>
          </>
        )}
        <h2 className="flex items-center gap-1.5 px-4 pt-3 pb-1.5 text-label font-medium text-text-3">
          {t('queue.next')}
          {items.length > 0 && <span className="tnum">{items.length}</span>}
        </h2>
        {items.length === 0 && (
          <div className="flex flex-col items-center px-6 py-8 text-center">
            <span className="mb-3 grid size-12 place-items-center rounded-full bg-surface-2 text-text-2"><Icon of={ListVideo} /></span>
            <p className="text-list text-text-2">{t('queue.empty')}</p>
          </div>
        )}
        <ol aria-label={t('queue.label')} onDragOver={(event) => event.preventDefault()}>
          {items.map((item, index) => (
            <li
              key={item.item}
              draggable={steer}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = 'move';
                event.dataTransfer.setData('text/plain', item.title);
                setDragged(item.item);
              }}
              onDragOver={(event) => {
                event.preventDefault();
                if (dragged !== null) setTarget(item.item);
              }}
              onDragEnd={() => {
                setDragged(null);
                setTarget(null);
              }}
              onDrop={(event) => onDrop(event, item.item)}
              className={cx(
                'group relative flex items-center gap-2 py-1.5 pr-3 pl-1 hover:bg-surface-2/60',
                dragged === item.item && 'opacity-45',
                target === item.item && dragged !== item.item && 'before:absolute before:inset-x-3 before:-top-px before:h-0.5 before:rounded-full before:bg-accent',
              )}
            >
              <span className={cx('grid w-5 shrink-0 place-items-center text-text-3', steer ? 'cursor-grab' : 'invisible')} title={t('queue.drag')}>
                <Icon of={GripVertical} size={16} />
              </span>
              <Thumb version={item.version} />
              <div className="min-w-0 flex-1">
                <p className="line-clamp-2 text-list font-medium">{item.title}</p>
                <p className="cut text-meta text-text-3 tnum">
                  {clockOfSeconds(secondsOf(item.frames, item.rate))} · {t('queue.addedBy', { name: channel.nameOf(item.added_by) })}
                </p>
                {steer && (
                  <div className="mt-1 -ml-1.5 flex">
                    <IconButton icon={Play} filled size="dense" name={t('queue.playNow')} onClick={() => channel.queuePlay(item.item)} />
                    <IconButton icon={ArrowUp} size="dense" name={t('queue.up')} disabled={index === 0} onClick={() => move(item, index - 1)} />
                    <IconButton icon={ArrowDown} size="dense" name={t('queue.down')} disabled={index === items.length - 1} onClick={() => move(item, index + 1)} />
                    <IconButton icon={X} size="dense" name={t('queue.remove')} onClick={() => channel.queueRemove(item.item)} />
                  </div>
                )}
              </div>
            </li>
          ))}
          {dragged !== null && (
            <li
              aria-hidden
              className={cx('relative h-10', target === null && 'before:absolute before:inset-x-3 before:top-0 before:h-0.5 before:rounded-full before:bg-accent')}
              onDragOver={(event) => {
                event.preventDefault();
                setTarget(null);
              }}
              onDrop={(event) => onDrop(event, null)}
            />
          )}
        </ol>
      </div>
      <p role="status" className="sr-only">{said}</p>
      <div className="border-t border-line p-3">
        <Button icon={ListPlus} className="w-full" refusal={refusal} onClick={onAdd}>{t('queue.add')}</Button>
      </div>
    </div>
  );
}
