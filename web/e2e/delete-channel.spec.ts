// Deleting a channel by its menu: the others are told, Undo and home bring it back, the history is there.

import { expect, test } from '@playwright/test';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp } from './support/people';

let instance: Instance;

test.setTimeout(120_000);

test.beforeAll(async () => {
  instance = await Instance.start();
});

test.afterAll(async () => {
  await instance.stop();
});

test('an owner deletes a channel and puts it back', async ({ browser }) => {
  const ada = await newPerson(browser);
  await setUp(ada, instance);
  const channel = await createChannel(ada, 'Friday films');
  const bo = await newPerson(browser);
  await joinAsGuest(bo, await inviteLink(ada), 'Bo');
  await ada.page.goto(channel);
  await ada.page.getByRole('textbox', { name: /message/i }).fill('remember this');
  await ada.page.keyboard.press('Enter');
  await expect(bo.page.getByText('remember this')).toBeVisible();

  // By the menu, with the keyboard alone.
  await ada.page.getByRole('button', { name: 'Channel menu' }).focus();
  await ada.page.keyboard.press('Enter');
  await ada.page.keyboard.press('End');
  await ada.page.keyboard.press('Enter');
  const dialog = ada.page.getByRole('alertdialog', { name: 'Delete Friday films?' });
  await expect(dialog).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete channel' }).click();
  await expect(ada.page.getByRole('heading', { name: 'Recently deleted' })).toBeVisible();
  await expect(bo.page.getByText('This channel was deleted. For a day its owners can put it back.')).toBeVisible();
  await ada.page.getByRole('button', { name: 'Undo' }).click();
  await expect(ada.page.getByRole('listitem').filter({ hasText: 'Friday films is back.' })).toBeVisible({ timeout: 15_000 });
  await expect(ada.page.getByRole('heading', { name: 'Recently deleted' })).toBeHidden();

  // By the people page, and back from home after a reload.
  await ada.page.goto(`${channel}/people`);
  await ada.page.getByRole('button', { name: 'Delete channel' }).click();
  await ada.page.getByRole('alertdialog').getByRole('button', { name: 'Delete channel' }).click();
  await expect(ada.page.getByRole('heading', { name: 'Recently deleted' })).toBeVisible();
  await ada.page.reload();
  await ada.page.getByRole('button', { name: 'Put Friday films back' }).click();
  await expect(ada.page.getByRole('listitem').filter({ hasText: 'Friday films is back.' })).toBeVisible({ timeout: 15_000 });
  await bo.page.goto(channel);
  await expect(bo.page.getByText('remember this')).toBeVisible();
});
