// The browsers that people of a test have open. They are closed with the instance that they look at: a page whose server is
// gone goes on trying and drawing, and twenty of them slow down every later test.

import type { BrowserContext } from '@playwright/test';

const open = new Set<BrowserContext>();

/** Somebody has opened a browser. */
export function opened(context: BrowserContext): void {
  open.add(context);
  context.once('close', () => open.delete(context));
}

/** Closes all that are open. */
export async function closeAll(): Promise<void> {
  await Promise.all([...open].map((context) => context.close()));
}
