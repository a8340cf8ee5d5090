// Words of the invite card.

export const invite = {
  'invite.title': 'Invite',
  'invite.titleOf': 'Join {channel}',
  'invite.by': '{name} invites you to watch together.',
  'invite.join': 'Join',
  'invite.continueAs': 'Continue as {name}',
  'invite.somebodyElse': 'Join as somebody else',
  'invite.account': 'Have an account?',
  'invite.or': 'or',
  'invite.create': 'create one',
  'invite.gone.title': 'This link does not open',
} as const;
