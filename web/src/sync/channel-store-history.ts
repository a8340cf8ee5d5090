// The chat's history: pages read from the server and what the log brings, merged into one list without a hole.

import type { StoreApi } from 'zustand/vanilla';
import type { MessagePage } from '../protocol/types';
import { itemsOfPage, mergeItems, newestItems, renamedItems, type ChatItem } from './channel-store-messages';
import type { ChannelView } from './channel-store-view';

/** Messages asked for at once. */
export const MESSAGE_PAGE = 50;

/** The list of one open channel. `met` hears the name of each author. */
export class ChannelHistory {
  private closed = false;

  constructor(
    private readonly store: StoreApi<ChannelView>,
    private readonly load: (before: number | null, limit: number) => Promise<MessagePage>,
    private readonly met: (person: string, name: string) => void,
  ) {}

  /** What is still on its way is passed by. */
  close(): void {
    this.closed = true;
  }

  /** Adds what the log brought. */
  add(more: readonly ChatItem[]): void {
    if (more.length === 0) return;
    this.store.setState(({ items }) => ({ items: newestItems(mergeItems(items, more)) }));
  }

  /** People are called otherwise from now on. */
  rename(names: ReadonlyMap<string, string>): void {
    this.store.setState(({ items }) => ({ items: renamedItems(items, names) }));
  }

  /** Reads the page before the oldest that is here. */
  async loadOlder(): Promise<void> {
    const { history, items } = this.store.getState();
    if (history === 'loading' || history === 'complete') return;
    await this.loadPage(items[0]?.seq ?? null, false);
  }

  /** Reads the newest page; after a snapshot there may be a hole between what is here and it. */
  begin(): Promise<void> {
    return this.loadPage(null, true);
  }

  private async loadPage(before: number | null, fresh: boolean): Promise<void> {
    this.store.setState({ history: 'loading' });
    let page: MessagePage;
    try {
      page = await this.load(before, MESSAGE_PAGE);
    } catch {
      if (!this.closed) this.store.setState({ history: 'failed' });
      return;
    }
    if (this.closed) return;
    const found = itemsOfPage(page);
    for (const { person, name } of found) this.met(person, name);
    this.store.setState(({ items }) => {
      // Only what is newer than the page is kept, so that no hole stays.
      const oldest = found[0]?.seq ?? 0;
      const kept = fresh ? items.filter(({ seq }) => seq > oldest) : items;
      return { items: mergeItems(kept, found), history: page.more ? 'more' : 'complete' };
    });
  }
}
