// The sync badge: icon and word, whose shape differs per state. The number changes at most once a second; screen
// readers hear only changes of state (the number is hidden from them, the panel has it in a table).

import { ArrowLeftRight, CircleUserRound, Clapperboard, CloudOff, Hourglass, Lock, Plug, UsersRound, VolumeX, type LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { t } from '@/i18n/t';
import type { SyncReport, Timeline } from '@/protocol/types';
import { useChannel, useChannelView, useMe } from '@/sync/channel-store-react';
import { frameAt } from '@/sync/optimistic';
import { clockOfSeconds, secondsOf } from '@/sync/timecode';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Icon } from '@/ui/icon';
import { Popover } from '@/ui/popover';
import { usePlayerState } from './player-context';
import { SyncPanel } from './SyncPanel';
import { waitShown, type WaitShown } from './wait-words';

interface Shown {
  icon: LucideIcon;
  tone: 'ok' | 'plain' | 'warn' | 'accent';
  /** The state; what the text begins with. */
  word: string;
  /** The figure beside it. */
  more?: string;
  /** What parts the two; a space by itself. */
  join?: string;
}

const tones = {
  ok: 'bg-tint-ok text-ok',
  plain: 'bg-surface-2 text-text-2',
  warn: 'bg-tint-warn text-warn',
  accent: 'bg-tint-accent text-on-tint-accent',
};

/** Full seconds of buffer at which playback is taken to go on: what "Buffering n %" counts towards. */
const ENOUGH_MS = 2_000;
/** A cut of the connection shorter than this is not told, milliseconds (product.md). */
const SILENT_MS = 2_000;

/** The badge, and its panel. */
export function SyncBadge() {
  const channel = useChannel();
  const own = useChannelView((view) => view.own !== null);
  const shown = useShown();
  return (
    <div className="flex items-center gap-1">
      <Popover
        label={t('sync.label')}
        side="top"
        className="w-96"
        trigger={
          <button type="button" className={cx('flex h-7 items-center gap-1.5 rounded-full px-2.5 text-meta sm:min-w-32 font-medium transition-colors hover:brightness-110', tones[shown.tone])}>
            <Icon of={shown.icon} size={16} />
            <span role="status" className="tnum cut max-w-56 whitespace-nowrap max-sm:max-w-32 max-[359px]:sr-only">
              {shown.word}
              {shown.more !== undefined && <span aria-hidden className="max-sm:sr-only">{shown.join ?? ' '}{shown.more}</span>}
            </span>
          </button>
        }
      >
        <SyncPanel />
      </Popover>
      {own && (
        <Button size="dense" kind="quiet" className="text-link!" onClick={() => channel.returnToOthers()}>
          {t('sync.return')}
        </Button>
      )}
    </div>
  );
}

/** What to show, looked at anew once a second. */
function useShown(): Shown {
  const channel = useChannel();
  const connection = useChannelView((view) => view.connection);
  const own = useChannelView((view) => view.own);
  const shared = useChannelView((view) => view.state?.timeline ?? null);
  const wait = useChannelView((view) => view.state?.wait ?? null);
  const me = useMe();
  const status = usePlayerState(({ report }) => report?.status ?? 'idle');
  const report = usePlayerState((state) => state.report);
  const [nowMs, setNowMs] = useState(() => performance.now());
  const [figures, setFigures] = useState<SyncReport | null>(report);

  useEffect(() => {
    const timer = setInterval(() => {
      setNowMs(performance.now());
      setFigures(report);
    }, 1_000);
    return () => clearInterval(timer);
  }, [report]);

  if (connection.status === 'connecting') return { icon: Plug, tone: 'plain', word: t('sync.connecting') };
  if (connection.status === 'ended') return { icon: CloudOff, tone: 'warn', word: t('sync.offline') };
  if (connection.status === 'offline') return { icon: CloudOff, tone: 'warn', word: t('sync.offline') };
  if (connection.status === 'reconnecting' && nowMs - connection.sinceMs >= SILENT_MS) {
    const seconds = Math.floor((nowMs - connection.sinceMs) / 1_000);
    return { icon: Plug, tone: 'warn', word: t('sync.reconnecting'), join: ', ', more: t('sync.reconnecting.time', { seconds }) };
  }
  if (own && shared) return { icon: CircleUserRound, tone: 'accent', word: t('sync.own'), join: ', ', more: distance(own, shared, channel.nowUs()) };
  const waiting = waitShown(wait, shared, me, channel.nowUs());
  if (waiting) return ofWait(waiting, (person) => channel.nameOf(person));
  return ofStatus(status, figures ?? report, shared);
}

function ofWait(waiting: WaitShown, nameOf: (person: string) => string): Shown {
  if (waiting.what === 'preparing') return { icon: Clapperboard, tone: 'warn', word: t('sync.preparing') };
  const { people: [first, ...others], seconds } = waiting;
  const word = others.length === 0 ? t('sync.waiting', { name: nameOf(first ?? '') }) : t('sync.waiting.several', { count: others.length + 1 });
  return { icon: UsersRound, tone: 'warn', word, join: ', ', more: t('sync.waiting.time', { seconds }) };
}

function ofStatus(status: SyncReport['status'], report: SyncReport | null, shared: Timeline | null): Shown {
  switch (status) {
    case 'locked': {
      if (shared && !shared.playing) return { icon: Lock, tone: 'ok', word: t('sync.locked') };
      const ms = Math.max(1, Math.round(Math.abs(report?.error_us ?? 0) / 1_000));
      return { icon: Lock, tone: 'ok', word: t('sync.locked'), more: t('sync.locked.error', { ms }) };
    }
    case 'adjusting':
      return { icon: ArrowLeftRight, tone: 'plain', word: t('sync.adjusting') };
    case 'buffering': {
      const percent = Math.min(99, Math.round(((report?.buffered_ms ?? 0) / ENOUGH_MS) * 100));
      return { icon: Hourglass, tone: 'warn', word: t('sync.buffering'), more: t('sync.buffering.percent', { percent }) };
    }
    case 'preparing':
      return { icon: Clapperboard, tone: 'warn', word: t('sync.preparing') };
    case 'gesture':
      return { icon: VolumeX, tone: 'warn', word: t('sync.muted'), more: t('sync.muted.more') };
    case 'own':
      return { icon: CircleUserRound, tone: 'accent', word: t('sync.own') };
    case 'idle':
      return { icon: Lock, tone: 'plain', word: t('sync.idle') };
  }
}

/** How far my own position is from the others'. */
function distance(own: Timeline, shared: Timeline, nowUs: number): string {
  if (!shared.video) return '';
  const seconds = secondsOf(frameAt(own, nowUs) - frameAt(shared, nowUs), shared.video.rate);
  if (Math.abs(seconds) < 1) return t('sync.own.level');
  const time = clockOfSeconds(Math.abs(seconds));
  return seconds < 0 ? t('sync.own.behind', { time }) : t('sync.own.ahead', { time });
}
