// What the channel has to say outside of its panels: banners about the connection, toasts about what did not happen.

import { useEffect, useState } from 'react';
import { t } from '@/i18n/t';
import { useChannel, useChannelView } from '@/sync/channel-store-react';
import type { Notice } from '@/sync/channel-store';
import { useBanner } from '@/ui/banner';
import { toast } from '@/ui/toast';

/** A reconnect shorter than this is silent, milliseconds (product.md). */
const SILENT_MS = 2_000;

/** Shows them while the channel's page is open. */
export function useChannelNotices(): void {
  const channel = useChannel();
  const connection = useChannelView((view) => view.connection);
  const newer = useChannelView((view) => view.newerServer);
  const notice = useChannelView((view) => view.notice);
  const sinceMs = connection.status === 'reconnecting' || connection.status === 'offline' ? connection.sinceMs : null;
  const [longSinceMs, setLongSinceMs] = useState<number | null>(null);
  const retry = useRetry();

  useEffect(() => {
    if (sinceMs === null) return undefined;
    const timer = setTimeout(() => setLongSinceMs(sinceMs), Math.max(0, sinceMs + SILENT_MS - performance.now()));
    return () => clearTimeout(timer);
  }, [sinceMs]);

  const long = sinceMs !== null && longSinceMs === sinceMs;
  useBanner('offline', long && connection.status === 'offline' ? t('channel.offline') : null, retry);
  useBanner('reconnecting', long && connection.status === 'reconnecting' ? t('channel.reconnecting') : null, retry);
  useBanner('newVersion', newer === null ? null : t('channel.newVersion'), reload);

  useEffect(() => {
    if (notice && notice.command.t !== 'message.send') toast({ kind: 'bad', words: wordsOf(notice) });
    else if (notice?.message === 'outbox_full') toast({ kind: 'bad', words: t('channel.notSent.outbox_full') });
  }, [channel, notice]);
}

const reload = { words: t('action.reload'), run: () => window.location.reload() };

function useRetry(): { words: string; run: () => void } {
  const channel = useChannel();
  const [retry] = useState(() => ({ words: t('channel.retryNow'), run: () => channel.retryNow() }));
  return retry;
}

const named = new Set<string>(['playback.play', 'playback.pause', 'playback.seek', 'playback.speed', 'playback.load', 'queue.play']);

function wordsOf({ code, message, command }: Notice): string {
  if (message === 'outbox_full') return t('channel.notSent.outbox_full');
  if (message === 'too_old') {
    const what = named.has(command.t) ? t(`channel.what.${command.t as 'playback.play'}`) : t('channel.what.other');
    return t('channel.notSent.too_old', { what });
  }
  return t('error.withCode', { sentence: message, code: String(code) });
}
