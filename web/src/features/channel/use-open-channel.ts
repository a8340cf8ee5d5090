// Opens the channel of the address for as long as its page is shown: the store, the clock and the player that belong
// together.

import { useEffect, useState } from 'react';
import { api, seg } from '@/api/client';
import type { MessagePage, PersonView, VideoView } from '@/protocol/types';
import { Channel } from '@/sync/channel-store';
import { clockGrainUs } from '@/platform/clock-grain';
import { PageClock } from '@/sync/clock';
import { newId } from '@/sync/ids';
import { openOutboxStorage } from '@/sync/outbox-storage';
import { openOutboxTabs } from '@/sync/outbox-tabs';
import { browserEnv } from '@/sync/socket-env';
import { Player } from '../player/player';

/** This tab; stays the same over reconnects and changes of channel. */
const tab = newId();

/** What is open. */
export interface OpenChannel {
  readonly id: string;
  readonly channel: Channel;
  readonly player: Player;
}

/** The channel; none while it is being opened. */
export function useOpenChannel(id: string, person: PersonView | null): OpenChannel | null {
  const [open, setOpen] = useState<OpenChannel | null>(null);
  const personId = person?.person ?? null;
  const personName = person?.name ?? '';

  useEffect(() => {
    if (personId === null) return undefined;
    const clock = new PageClock(clockGrainUs());
    const channel = new Channel({
      channel: id,
      person: personId,
      personName,
      client: tab,
      url: liveUrl(id),
      env: browserEnv,
      clock,
      storage: openOutboxStorage(),
      tabs: openOutboxTabs(tab),
      loadMessages,
      loadTitle: async (video) => (await api.get<VideoView>(`/videos/${seg(video)}`)).title,
    });
    const player = new Player(channel, clock, browserEnv);
    // In the next task: an effect that is undone at once (React's strict mode) then opens no connection.
    const opening = setTimeout(() => channel.open(), 0);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- a socket and a player are made here, not derived
    setOpen({ id, channel, player });
    return () => {
      clearTimeout(opening);
      player.dispose();
      channel.close();
      setOpen(null);
    };
    // A changed name arrives by the log; it is no reason to connect anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, personId]);

  return open?.id === id ? open : null;
}

function liveUrl(channel: string): string {
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/v1/channels/${seg(channel)}/live`;
}

function loadMessages(channel: string, before: number | null, limit: number): Promise<MessagePage> {
  const from = before === null ? '' : `before=${before}&`;
  return api.get<MessagePage>(`/channels/${seg(channel)}/messages?${from}limit=${limit}`);
}
