// What the browser complains of on a page: every error in its console, every request that came to nothing, every
// exception. A test says beforehand which of them it provokes, and why; anything else counts.

import type { Page } from '@playwright/test';

/** The network or the server is away. */
export const networkCut: readonly RegExp[] = [/net::ERR_/, /^WebSocket connection to /];

/** A refusal that is provoked: the status of a request whose path ends so. */
export const refused = (status: number, path: string): RegExp =>
  new RegExp(`status of ${String(status)} .* ${path}$`);

/** Complaints of one page. */
export class Complaints {
  /** What was said and is not allowed. */
  readonly said: string[] = [];
  private readonly allowed: { why: string; what: RegExp }[] = [];

  constructor(page: Page) {
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      // The browser's own lines about requests do not name them.
      const where = message.text().startsWith('Failed to load resource') ? ` ${pathOf(message.location().url)}` : '';
      this.hear(`${message.text()}${where}`);
    });
    page.on('requestfailed', (request) => {
      const error = request.failure()?.errorText ?? 'failed';
      // The page itself gave it up: it went elsewhere, or no longer needs the segment.
      if (error !== 'net::ERR_ABORTED') this.hear(`${error}: ${request.method()} ${pathOf(request.url())}`);
    });
    page.on('pageerror', (error) => this.hear(String(error)));
    page.on('crash', () => this.hear('the page crashed'));
  }

  /** From now on these are no complaints; `why` is for the reader of the test. */
  allow(why: string, what: readonly RegExp[]): void {
    this.allowed.push(...what.map((one) => ({ why, what: one })));
  }

  private hear(text: string): void {
    if (!this.allowed.some(({ what }) => what.test(text))) this.said.push(text);
  }
}

function pathOf(url: string): string {
  try {
    const { pathname, search } = new URL(url);
    return pathname + search;
  } catch {
    return url;
  }
}
