// React's view of an open channel: the context that carries it and the hooks that subscribe. No decision is made
// here.

import { createContext, useContext, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { canChat, canSteer, canUpload } from './channel-store-rights';
import type { Channel, ChannelView } from './channel-store';

interface Open {
  readonly channel: Channel;
  /** Me. */
  readonly person: string;
}

const OpenChannel = createContext<Open | null>(null);

/** Puts an open channel around what shows it. */
export function ChannelProvider({ channel, person, children }: Open & { children: ReactNode }) {
  return <OpenChannel value={{ channel, person }}>{children}</OpenChannel>;
}

function useOpen(): Open {
  const open = useContext(OpenChannel);
  if (!open) throw new Error('used outside ChannelProvider');
  return open;
}

/** The channel, for its methods. */
export function useChannel(): Channel {
  return useOpen().channel;
}

/** My own id. */
export function useMe(): string {
  return useOpen().person;
}

/** A part of what is shown. The selector must return the same value for the same view. */
export function useChannelView<Part>(select: (view: ChannelView) => Part): Part {
  return useStore(useOpen().channel.store, select);
}

/** What I may do here; nothing before the first answer. */
export interface Rights {
  readonly steer: boolean;
  readonly chat: boolean;
  readonly upload: boolean;
}

/** My rights. */
export function useRights(): Rights {
  const { person } = useOpen();
  const steer = useChannelView(({ state, role, own }) => own !== null || (state !== null && role !== null && canSteer(state, person, role)));
  const chat = useChannelView(({ role }) => role !== null && canChat(role));
  const upload = useChannelView(({ role }) => role !== null && canUpload(role));
  return { steer, chat, upload };
}
