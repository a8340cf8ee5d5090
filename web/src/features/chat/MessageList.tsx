// The messages: newest at the bottom, older ones by scrolling up, never a jump. Scrolled up, new ones are told by a
// pill.

import { ArrowDown, Clock, CloudUpload, RotateCcw, Trash2 } from 'lucide-react';
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { t } from '@/i18n/t';
import { useChannel, useChannelView, useMe } from '@/sync/channel-store-react';
import type { ChatMessage, SystemLine } from '@/sync/channel-store-messages';
import type { OutboxEntry } from '@/sync/outbox';
import { Button, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Face } from '@/ui/face';
import { Icon } from '@/ui/icon';
import { usePersonColor } from '@/ui/people-context';
import { Skeleton, SkeletonRegion } from '@/ui/skeleton';
import { rowsOf } from './chat-rows';
import { dayKey, dayWords, timeWords } from './chat-times';
import { MessageText } from './MessageText';

/** Distance from the end at which one still counts as being there, pixels. */
const AT_END_PX = 48;
/** Distance from the top at which older messages are fetched, pixels. */
const NEAR_TOP_PX = 200;

/** The list. `shown` is whether its panel is in view. */
export function MessageList({ shown }: { shown: boolean }) {
  const channel = useChannel();
  const me = useMe();
  const items = useChannelView((view) => view.items);
  const unsent = useChannelView((view) => view.unsent);
  const history = useChannelView((view) => view.history);
  const live = useChannelView((view) => view.connection.status === 'live');
  const rows = useMemo(() => rowsOf(items, unsent, me, dayKey), [items, unsent, me]);
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  /** Where the view stood before rows changed: the first row and its place. */
  const anchor = useRef<{ key: string; top: number } | null>(null);
  const lastSeq = items.at(-1)?.seq ?? 0;
  const [seenSeq, setSeenSeq] = useState(lastSeq);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);

  // Rows came: stay at the end, or stay at the row that is being read.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !shown) return;
    if (atEnd.current) {
      toEnd();
      return;
    }
    const kept = anchor.current;
    const row = kept && element.querySelector<HTMLElement>(`[data-row="${CSS.escape(kept.key)}"]`);
    if (kept && row) element.scrollTop += topIn(element, row) - kept.top;
  }, [rows, shown, toEnd]);

  useEffect(() => {
    if (shown && atEnd.current) setSeenSeq(lastSeq);
  }, [lastSeq, shown]);

  // My own message is always shown.
  const mine = unsent.length;
  const minesBefore = useRef(mine);
  useEffect(() => {
    if (mine > minesBefore.current) {
      atEnd.current = true;
      toEnd();
    }
    minesBefore.current = mine;
  }, [mine, toEnd]);

  // The panel grows and shrinks with the keyboard of a phone.
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const watch = new ResizeObserver(() => {
      if (atEnd.current) toEnd();
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [toEnd]);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight <= AT_END_PX;
    setAway(!atEnd.current);
    if (atEnd.current) setSeenSeq(lastSeq);
    const first = [...element.querySelectorAll<HTMLElement>('[data-row]')].find((row) => topIn(element, row) + row.offsetHeight > 0);
    anchor.current = first ? { key: first.dataset.row ?? '', top: topIn(element, first) } : null;
    if (element.scrollTop < NEAR_TOP_PX && history === 'more') void channel.loadOlder();
  };

  const unseen = items.filter((item) => item.kind === 'message' && item.seq > seenSeq && item.person !== me).length;
  const empty = rows.length === 0 && history === 'complete';

  return (
    <div className="relative min-h-0 flex-1">
      <div ref={box} onScroll={onScroll} className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none]">
        <div className="flex min-h-full flex-col justify-end py-3">
          {history === 'loading' && rows.length > 0 && <p className="animate-late py-2 text-center text-meta text-text-3">{t('chat.loadingOlder')}</p>}
          {history === 'more' && rows.length > 0 && (
            <Button size="dense" kind="quiet" className="mx-auto mb-2" onClick={() => void channel.loadOlder()}>{t('chat.older')}</Button>
          )}
          {history === 'failed' && (
            <p className="px-4 py-2 text-center text-meta text-text-2">
              {t('chat.historyFailed')}{' '}
              <Button size="dense" kind="quiet" className="text-link!" onClick={() => void channel.loadOlder()}>{t('action.retry')}</Button>
            </p>
          )}
          {rows.length === 0 && (history === 'loading' || history === 'unread') && <Loading />}
          {empty && <p className="flex-1 content-center px-6 text-center text-list text-text-2">{t('chat.empty')}</p>}
          <div role="log" aria-label={t('chat.label')} aria-relevant="additions" className="relative">
            <ol className="flex flex-col">
              {rows.map((row) => (
                <li key={row.key} data-row={row.key}>
                  {row.kind === 'day' && <Day at={row.at} />}
                  {row.kind === 'lines' && <Lines lines={row.lines} />}
                  {row.kind === 'message' && <Message message={row.message} first={row.first} />}
                  {row.kind === 'unsent' && <Unsent entry={row.entry} first={row.first} live={live} />}
                </li>
              ))}
            </ol>
          </div>
        </div>
      </div>
      {away && (
        <Button
          kind={unseen > 0 ? 'primary' : 'secondary'}
          size="dense"
          icon={ArrowDown}
          aria-label={unseen > 0 ? undefined : t('chat.toNewest')}
          className="absolute bottom-2 left-1/2 -translate-x-1/2 animate-fade rounded-full shadow-menu"
          onClick={() => {
            atEnd.current = true;
            toEnd();
          }}
        >
          {unseen > 0 ? t('chat.new', { count: unseen }) : t('chat.toNewest')}
        </Button>
      )}
    </div>
  );
}

/** How far a row stands below the upper edge of the view. */
function topIn(view: HTMLElement, row: HTMLElement): number {
  return row.getBoundingClientRect().top - view.getBoundingClientRect().top;
}

function Day({ at }: { at: number }) {
  return (
    <p className="flex items-center gap-3 px-4 py-2 text-label font-medium text-text-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
      {dayWords(at)}
    </p>
  );
}

const Message = memo(function Message({ message, first }: { message: ChatMessage; first: boolean }) {
  return (
    <Bubble person={message.person} name={message.name} at={message.at} first={first}>
      <p className="text-list wrap-anywhere whitespace-pre-wrap">
        <MessageText text={message.text} frame={message.frame} />
      </p>
    </Bubble>
  );
});

function Unsent({ entry, first, live }: { entry: OutboxEntry; first: boolean; live: boolean }) {
  const channel = useChannel();
  const name = channel.nameOf(entry.person);
  if (entry.command.t !== 'message.send') return null;
  const { text, at } = entry.command.c;
  return (
    <Bubble person={entry.person} name={name} at={entry.createdMs * 1_000} first={first}>
      <div className="flex items-start gap-2">
        <p className={cx('min-w-0 flex-1 text-list wrap-anywhere whitespace-pre-wrap', !entry.refused && 'text-text-2')}>
          <MessageText text={text} frame={at} />
        </p>
        {!entry.refused && (
          <span className="animate-late pt-0.5 text-text-3" title={live ? t('chat.pending') : t('chat.queued')}>
            <Icon of={live ? Clock : CloudUpload} size={16} />
            <span className="sr-only">{live ? t('chat.pending') : t('chat.queued')}</span>
          </span>
        )}
      </div>
      {entry.refused && (
        <div className="mt-1 flex items-center gap-1 rounded-base bg-tint-bad py-1 pr-1 pl-2.5">
          <p className="min-w-0 flex-1 text-meta">{t('chat.failed', { reason: entry.refused.message })}</p>
          <IconButton icon={RotateCcw} size="dense" name={t('chat.failed.retry')} onClick={() => channel.retry(entry.op)} />
          <IconButton icon={Trash2} size="dense" name={t('chat.failed.discard')} onClick={() => channel.discard(entry.op)} />
        </div>
      )}
    </Bubble>
  );
}

function Bubble({ person, name, at, first, children }: { person: string; name: string; at: number; first: boolean; children: React.ReactNode }) {
  const color = usePersonColor(person);
  const time = timeWords(at);
  return (
    <div className={cx('group relative flex gap-2.5 px-4 hover:bg-surface-2/60', first ? 'mt-1.5 pt-1 pb-0.5' : 'py-0.5')}>
      <div className="w-6 shrink-0">
        {first
          ? <Face of={{ person, name }} color={color} named className="mt-0.5" />
          : <time className="block pt-0.5 text-center text-[9px] leading-4 text-text-3 opacity-0 tnum group-hover:opacity-100">{time}</time>}
      </div>
      <div className="min-w-0 flex-1">
        {first && (
          <p className="flex items-baseline gap-2">
            <span className="cut text-list font-semibold">{name}</span>
            <time className="text-label text-text-3 tnum">{time}</time>
          </p>
        )}
        {children}
      </div>
    </div>
  );
}

function Lines({ lines }: { lines: readonly SystemLine[] }) {
  return <p className="px-4 py-1.5 text-center text-meta text-text-3 wrap-anywhere">{useLineWords(lines)}</p>;
}

function useLineWords(lines: readonly SystemLine[]): string {
  const channel = useChannel();
  const line = lines[0];
  const title = useChannelView(({ titles }) => (line?.what === 'loaded' ? titles[line.about] : undefined));
  if (!line) return '';
  const { what, about, actor, word } = line;
  switch (what) {
    case 'joined':
      if (lines.length > 3) return t('chat.line.joinedMany', { names: lines.slice(0, 2).map((one) => one.about).join(', '), count: lines.length - 2 });
      return t('chat.line.joined', { name: lines.map((one) => one.about).join(', ') });
    case 'left':
    case 'removed':
      return t(`chat.line.${what}`, { name: about });
    case 'role':
      return t('chat.line.role', { name: about, role: t(`role.${(word ?? 'member') as 'member'}`) });
    case 'control':
      if (word === 'presenter') return t('chat.line.control.presenter', { name: about });
      return t(word === 'moderators' ? 'chat.line.control.moderators' : 'chat.line.control.everyone');
    case 'loaded':
      if (title === undefined) return t('chat.line.loaded.other');
      return actor === null ? t('chat.line.loaded.next', { title }) : t('chat.line.loaded', { name: channel.nameOf(actor), title });
    case 'renamed':
      return t('chat.line.renamed', { title: about });
  }
}

function Loading() {
  return (
    <SkeletonRegion className="flex flex-col gap-4 px-4 pb-2">
      {[48, 72, 36, 60].map((width) => (
        <div key={width} className="flex gap-2.5">
          <Skeleton className="size-6 rounded-full" />
          <div className="flex-1 space-y-1.5">
            <Skeleton className="h-3 w-20" />
            <div style={{ width: `${width}%` }}><Skeleton className="h-3.5" /></div>
          </div>
        </div>
      ))}
    </SkeletonRegion>
  );
}
