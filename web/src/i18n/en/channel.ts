// Words of the live channel: stage, transport, people, chat, queue.

export const channel = {
  'channel.title': 'Channel',
} as const;
