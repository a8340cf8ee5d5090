// The look of a page for a picture: the choice of the person is what counts, the emulated scheme only while none is made.

import type { Page } from '@playwright/test';

export const THEMES = ['light', 'dark'] as const;

/** Shows the page in a theme until its next load. */
export async function inTheme(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  await page.evaluate((wish) => { document.documentElement.dataset.theme = wish; }, theme);
}
