// Whether a page shows the frame that the room is on, by the frame callback of its player; and how long it takes.

import type { Page } from '@playwright/test';

/** Waits in the page until the frame on the screen is that of the room, or a neighbour; answers with the page's
 *  clock then, milliseconds since its navigation began. A tab that has been hidden counts from its first new frame. */
export async function untilOnFrame(page: Page): Promise<number> {
  return await page.evaluate(async () => {
    for (;;) {
      const sync = window.__genlock?.sync;
      const video = document.querySelector('video');
      const probe = sync?.probe();
      if (video && probe?.wanted && probe.shownFrame !== null && !video.paused && !video.seeking) {
        const wanted = Math.floor(probe.wanted.position_s / probe.wanted.frame_s + 1e-6);
        if (Math.abs(probe.shownFrame - wanted) <= 1) return performance.now();
      }
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });
}

/** The page's clock, milliseconds since its navigation began. */
export const pageMs = (page: Page): Promise<number> => page.evaluate(() => performance.now());
