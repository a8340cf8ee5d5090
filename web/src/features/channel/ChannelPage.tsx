// The live channel: stage, transport, people, chat and queue.

/** The page of one channel. */
export function ChannelPage({ channel }: { channel: string }) {
  return <main data-channel={channel} />;
}
