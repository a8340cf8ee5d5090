// The first minutes of a newcomer: from the setup link to a moving picture in the sample channel, then a friend by link.
// Nothing in the console, nothing jumps about on the page, both are in both lists.

import { expect, test, type Locator, type Page } from '@playwright/test';
import { Instance } from './support/instance';
import { pageMs, untilOnFrame } from './support/on-frame';
import { inviteLink, newPerson, openTab, say, setUp, syncBadge, type Person } from './support/people';
import { hostLoad } from './sync/measure';

/** Layout that moves by itself, as Chromium scores it; 0.1 is called good. */
const SHIFT_MAX = 0.01;

/** Scores what moves on a page from its first moment. */
async function scoreShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: { value: number; what: string }[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean; sources?: { node?: Node }[] })[]) {
        if (entry.hadRecentInput) continue;
        const what = (entry.sources ?? []).map(({ node }) => (node instanceof Element ? `${node.tagName} ${node.getAttribute('class') ?? ''}` : String(node?.nodeName)).slice(0, 80)).join(' | ');
        shifts.push({ value: entry.value, what });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

async function shiftOf(name: string, page: Page): Promise<number> {
  const shifts = await page.evaluate(() => (window as unknown as { shifts: { value: number; what: string }[] }).shifts);
  const sum = shifts.reduce((total, { value }) => total + value, 0);
  console.log(`${name}: layout shift ${sum.toFixed(4)}${shifts.map(({ value, what }) => `\n  ${value.toFixed(4)} ${what}`).join('')}`);
  return sum;
}

/** Waits for the frame and for another one after it: a picture that moves. */
async function untilMoving(page: Page): Promise<number> {
  await untilOnFrame(page);
  return await page.evaluate(async () => {
    const sync = window.__genlock?.sync;
    const first = sync?.shownFrame() ?? null;
    while ((sync?.shownFrame() ?? null) === first) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now();
  });
}

test('setup link to moving picture, and a friend by link', async ({ browser }) => {
  test.setTimeout(240_000);
  const instance = await Instance.start();
  try {
    const ada: Person = await newPerson(browser, 1440, 900);
    await scoreShifts(ada.page);
    await ada.page.goto(instance.setupLink);
    const begunMs = await pageMs(ada.page);
    await setUp(ada, instance, { sample: true });
    const enteredMs = await ada.page.evaluate(() => performance.now());
    // Where the server itself has just been started, its clip is still being painted.
    await expect(ada.page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible({ timeout: 120_000 });
    const movingMs = await untilMoving(ada.page);
    console.log(`setup page to moving picture ${(movingMs - begunMs).toFixed(0)} ms, from entering the channel ${(movingMs - enteredMs).toFixed(0)} ms, ${hostLoad()}`);

    // A friend in a private window: a name, then the same frame.
    const link = await inviteLink(ada);
    const bo = await newPerson(browser, 390, 844);
    await scoreShifts(bo.page);
    await bo.page.goto(link);
    await bo.page.getByRole('textbox').first().fill('Bo');
    await bo.page.getByRole('button', { name: 'Join', exact: true }).click();
    await untilMoving(bo.page);
    for (const { page } of [ada, bo]) {
      await openTab(page, 'People');
      for (const name of ['Ada', 'Bo']) await expect(page.getByRole('tabpanel').getByText(name, { exact: true })).toBeVisible();
      await expect(page.getByRole('tab', { name: /^People/ })).toHaveText(/2/);
      await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    }
    expect(await shiftOf('the owner, 1440 px', ada.page)).toBeLessThanOrEqual(SHIFT_MAX);
    expect(await shiftOf('the guest, 390 px', bo.page)).toBeLessThanOrEqual(SHIFT_MAX);

    // Bo likes it here and makes an account: what he said is his, under his new name, for both.
    await say(bo, 'hello from the sofa');
    const said = (page: Page): Locator => page.getByRole('listitem').filter({ hasText: 'hello from the sofa' }).last();
    await openTab(ada.page, 'Chat');
    await expect(said(ada.page)).toContainText('Bo');
    const room = bo.page.url();
    await bo.page.getByRole('button', { name: 'Menu of Bo' }).click();
    await bo.page.getByRole('menuitem', { name: 'Account' }).click();
    await bo.page.getByLabel('Your name').fill('Bo Berg');
    await bo.page.getByLabel('E-mail').fill('bo@example.org');
    await bo.page.getByLabel('Password', { exact: true }).fill('a long enough one');
    await bo.page.getByRole('button', { name: 'Create account' }).click();
    await expect(bo.page.getByText('bo@example.org')).toBeVisible();
    await bo.page.goto(room);
    for (const { page } of [ada, bo]) {
      await openTab(page, 'Chat');
      await expect(said(page)).toContainText('Bo Berg');
      await openTab(page, 'People');
      await expect(page.getByRole('tabpanel').getByText('Bo Berg', { exact: true })).toBeVisible();
    }
    for (const { complaints } of [ada, bo]) expect(complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
