// Words of the person's own page.

export const account = {
  'account.keep.title': 'Keep your place',
  'account.keep.text': 'Create an account to come back from any device. Your messages and your name stay yours.',
  'account.keep.done': 'Your account is made. You can sign in with it from now on.',
  'account.keyboard': 'Keyboard',
  'account.showKeys': 'Show all shortcuts',
} as const;
