// What a page sends of uploads: which bytes of which part, how many requests at once, and how many bytes really left.

import type { Page, Request } from '@playwright/test';
import { partRun } from '../../src/features/upload/part-order';

/** Bytes of a file that a request carries. */
export interface Sent {
  part: number;
  from: number;
  to: number;
}

/** What a request sends of a file of `bytes`; null: no part. */
export function sentBy(request: Request, bytes: number): Sent | null {
  const part = /\/uploads\/[^/]+\/parts\/(\d+)$/.exec(new URL(request.url()).pathname)?.[1];
  if (request.method() !== 'PUT' || part === undefined) return null;
  const whole = partRun(Number(part), bytes);
  const range = /^bytes (\d+)-(\d+)\//.exec(request.headers()['content-range'] ?? '');
  if (range) return { part: Number(part), from: whole.from + Number(range[1]), to: whole.from + Number(range[2]) + 1 };
  return { part: Number(part), ...whole };
}

/** Counted within the page itself. */
export interface Counts {
  /** Numbers of parts in the order of their requests. */
  parts: number[];
  /** Upload requests at once, at most. */
  atOnce: number;
  /** Bytes that left the page, those of requests that came to nothing included. */
  bytes: number;
}

/** From the next load on the page counts its upload requests. */
export async function countUploads(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const counts = { parts: [] as number[], atOnce: 0, bytes: 0 };
    Object.assign(window, { uploadCounts: counts });
    let running = 0;
    const addresses = new WeakMap<XMLHttpRequest, string>();
    const plain = window.XMLHttpRequest;
    window.XMLHttpRequest = class extends plain {
      override open(method: string, address: string | URL): void {
        addresses.set(this, String(address));
        super.open(method, address, true);
        // Heard before the page's own listener, which begins the next request.
        if (String(address).includes('/uploads')) this.addEventListener('loadend', () => { running -= 1; });
      }

      override send(body?: Document | XMLHttpRequestBodyInit | null): void {
        const address = addresses.get(this) ?? '';
        if (!address.includes('/uploads')) {
          super.send(body);
          return;
        }
        running += 1;
        counts.atOnce = Math.max(counts.atOnce, running);
        const part = /\/parts\/(\d+)$/.exec(address)?.[1];
        let loaded = 0;
        this.upload.addEventListener('progress', (event) => { loaded = event.loaded; });
        if (part !== undefined) counts.parts.push(Number(part));
        this.addEventListener('loadend', () => { counts.bytes += loaded; });
        super.send(body);
      }
    };
  });
}

/** What the page has counted since it was loaded. */
export const uploadCounts = async (page: Page): Promise<Counts> =>
  await page.evaluate(() => (window as unknown as { uploadCounts: Counts }).uploadCounts);
