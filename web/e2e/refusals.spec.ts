// What a person can do wrong in the forms: each gets one sentence with a number beside what it is about, and the form
// takes the right answer after it.

import { expect, test } from '@playwright/test';
import { refused } from './support/complaints';
import { Instance } from './support/instance';
import { createChannel, newPerson, setUp } from './support/people';

test('a wrong password, names that are too long, an invite that is used up', async ({ browser }) => {
  test.setTimeout(120_000);
  const instance = await Instance.start(['--no-sample']);
  const long = 'Ada '.repeat(2_500);
  try {
    const ada = await newPerson(browser);
    const { page } = ada;
    await setUp(ada, instance);

    // A channel's name of 10,000 characters.
    ada.allow('the name is refused', [refused(422, '/api/v1/channels')]);
    await page.getByRole('button', { name: 'New channel' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill(long);
    await dialog.getByRole('button', { name: 'Create channel' }).click();
    await expect(dialog.getByText(/\(10\d\d\)/)).toBeVisible();
    await page.keyboard.press('Escape');
    const channel = await createChannel(ada, 'Words');

    // An invite for one person, used once.
    const made = await page.request.post(`${channel.replace('/channel/', '/api/v1/channels/')}/invites`, {
      headers: { origin: instance.base },
      data: { role: 'guest', uses_max: 1, valid_s: null },
    });
    expect(made.ok(), await made.text()).toBe(true);
    const { token } = (await made.json()) as { token: string };
    const link = new URL(`/invite/${token}`, instance.base).href;
    const bo = await newPerson(browser, 390, 844);
    bo.allow('the name is refused', [refused(422, '/api/v1/invites/[^/]+/accept')]);
    await bo.page.goto(link);
    await bo.page.getByRole('textbox').first().fill(long);
    await bo.page.getByRole('button', { name: 'Join', exact: true }).click();
    await expect(bo.page.getByText(/Use a name of 1 to 50 visible characters\..*\(1008\)/)).toBeVisible();
    expect(await bo.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await bo.page.getByRole('textbox').first().fill('Bo');
    await bo.page.getByRole('button', { name: 'Join', exact: true }).click();
    await bo.page.waitForURL(/\/channel\//);

    const cy = await newPerson(browser, 390, 844);
    cy.allow('the invite is used up', [refused(404, `/api/v1/invites/${token}`), refused(410, `/api/v1/invites/${token}`)]);
    await cy.page.goto(link);
    await expect(cy.page.getByText(/\(12\d\d\)/)).toBeVisible();
    await expect(cy.page.getByRole('button', { name: 'Join', exact: true })).toHaveCount(0);

    // A wrong password, then the right one.
    const dee = await newPerson(browser);
    dee.allow('the password is wrong', [refused(401, '/api/v1/session')]);
    await dee.page.goto(new URL('/sign-in', instance.base).href);
    await dee.page.getByLabel('E-mail').fill('ada@example.org');
    await dee.page.getByLabel('Password', { exact: true }).fill('not the password');
    await dee.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(dee.page.getByText(/\(11\d\d\)/)).toBeVisible();
    await dee.page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await dee.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(dee.page.getByRole('button', { name: 'New channel' }).first()).toBeVisible();
    for (const { complaints } of [ada, bo, cy, dee]) expect(complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
