// What people do in the page, in their words.

import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { Complaints } from './complaints';
import { opened } from './contexts';
import type { Instance } from './instance';

/** A person at a browser of their own. Complaints of the page are kept and must stay empty. */
export interface Person {
  context: BrowserContext;
  page: Page;
  complaints: string[];
  /** Says which complaints are provoked from now on, and why. */
  allow: Complaints['allow'];
}

/** Opens a browser context of its own: nobody is signed in. */
export async function newPerson(browser: Browser, width = 1280, height = 800): Promise<Person> {
  const context = await browser.newContext({ viewport: { width, height } });
  opened(context);
  // The driver can answer the classic file dialog only; the page uses it where the newer one is missing.
  await context.addInitScript(() => { delete (window as { showOpenFilePicker?: unknown }).showOpenFilePicker; });
  return personAt(await context.newPage());
}

/** Somebody at a page that is there already. */
export function personAt(page: Page): Person {
  const complaints = new Complaints(page);
  return { context: page.context(), page, complaints: complaints.said, allow: complaints.allow.bind(complaints) };
}

/** Makes the owner by the one-time setup link; ends in the sample channel or at home. */
export async function setUp(person: Person, instance: Instance, options: { name?: string; sample?: boolean } = {}): Promise<void> {
  const { page } = person;
  await page.goto(instance.setupLink);
  await page.getByLabel('Your name').fill(options.name ?? 'Ada');
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  if (options.sample !== true) await page.getByLabel('Add a sample channel').click();
  await page.getByRole('button', { name: 'Create and enter' }).click();
  await page.waitForURL((url) => url.pathname === '/' || url.pathname.startsWith('/channel/'));
}

/** Makes a channel from home and goes there; its address is the answer. */
export async function createChannel(person: Person, name: string): Promise<string> {
  const { page } = person;
  await page.getByRole('button', { name: 'New channel' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Create channel' }).click();
  await page.waitForURL(/\/channel\/[0-9a-f-]+$/);
  await expect(syncBadge(page)).toBeVisible();
  return page.url();
}

/** Makes an invite link by the button of the channel. */
export async function inviteLink(person: Person): Promise<string> {
  const { page } = person;
  await page.getByRole('button', { name: 'Invite' }).first().click();
  const dialog = page.getByRole('dialog');
  const make = dialog.getByRole('button', { name: 'Make link' });
  await make.or(dialog.getByLabel('Invite link')).first().waitFor(); // on a slow link the dialog is filled later
  if (await make.isVisible()) await make.click();
  const link = await dialog.getByLabel('Invite link').inputValue();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  return link;
}

/** Comes in as a guest. */
export async function joinAsGuest(person: Person, link: string, name: string): Promise<void> {
  const { page } = person;
  await page.goto(link);
  await page.getByRole('textbox').first().fill(name);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.waitForURL(/\/channel\//);
  await expect(syncBadge(page)).toBeVisible();
}

/** The badge that says how this player stands to the others. */
export function syncBadge(page: Page): ReturnType<Page['getByRole']> {
  return page.getByRole('status').filter({ hasText: /^(Locked|Adjusting|Buffering|Preparing|Waiting|Reconnecting|Connecting|Offline|On my own|Muted|No video|Paused)/ }).first();
}

/** Says something in the chat. */
export async function say(person: Person, text: string): Promise<void> {
  const { page } = person;
  await openTab(page, 'Chat');
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** Opens a tab of the panel. */
export async function openTab(page: Page, name: 'People' | 'Chat' | 'Queue'): Promise<void> {
  await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
}

/** Uploads a file by the library page of a channel and waits until it plays. */
export async function upload(person: Person, channel: string, file: string): Promise<void> {
  const { page } = person;
  await page.goto(`${channel}/library`);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload' }).first().click();
  await (await chooser).setFiles(file);
}

/** Presses a key with nothing in focus, as somebody does who has just looked at the film. */
export async function press(person: Person, key: string): Promise<void> {
  await person.page.evaluate(() => { (document.activeElement as HTMLElement | null)?.blur(); });
  await person.page.keyboard.press(key);
}
