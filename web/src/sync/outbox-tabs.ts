// Several tabs share one storage, and each sends what it was given. When a tab starts it asks which of the tabs
// whose entries it finds are still open, and takes over what closed tabs left behind. Should two tabs ever send the
// same entry, its operation id makes the server answer both with the first result (law 5).

/** How long an open tab may take to answer, milliseconds. A hidden tab still answers messages at once. */
export const TAB_ANSWER_WAIT_MS = 300;

/** Finds out which tabs are open. */
export interface OutboxTabs {
  /** Those of `clients` that answer. */
  alive(clients: readonly string[]): Promise<ReadonlySet<string>>;
  close(): void;
}

type Message = { ask: readonly string[] } | { alive: string };

/** Asks the other tabs of this origin by BroadcastChannel, which needs no secure context. */
export function openOutboxTabs(client: string): OutboxTabs {
  if (typeof BroadcastChannel === 'undefined') return { alive: () => Promise.resolve(new Set()), close: () => {} };
  const channel = new BroadcastChannel('genlock-outbox');
  const waiting = new Set<(client: string) => void>();
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if ('ask' in data) {
      if (data.ask.includes(client)) channel.postMessage({ alive: client } satisfies Message);
    } else {
      for (const heard of waiting) heard(data.alive);
    }
  };
  return {
    alive(clients) {
      const found = new Set<string>();
      if (clients.length === 0) return Promise.resolve(found);
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          waiting.delete(heard);
          resolve(found);
        };
        const heard = (answered: string) => {
          if (clients.includes(answered)) found.add(answered);
          if (found.size === clients.length) done();
        };
        const timer = setTimeout(done, TAB_ANSWER_WAIT_MS);
        waiting.add(heard);
        channel.postMessage({ ask: clients } satisfies Message);
      });
    },
    close: () => channel.close(),
  };
}
