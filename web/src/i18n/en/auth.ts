// Words of setup, sign-in and sign-up.

export const auth = {
  'auth.name': 'Your name',
  'auth.email': 'E-mail',
  'auth.password': 'Password',
  'auth.password.hint': '10 characters or more. A short sentence is easy to remember.',
  'password.show': 'Show password',
  'password.hide': 'Hide password',

  'setup.title': 'Set up',
  'setup.heading': 'Set up Genlock',
  'setup.text': 'You will own this instance. Everything stays on this server.',
  'setup.sample': 'Add a sample channel',
  'setup.sample.hint': 'With a clip that plays at once, to see how it works.',
  'setup.submit': 'Create and enter',
  'setup.noToken.title': 'Open the setup link',
  'setup.noToken.text': 'This instance has no owner yet. The one-time setup link stands in the terminal where Genlock was started.',
  'setup.done.title': 'Already set up',
  'setup.done.text': 'This instance has an owner. Sign in to enter.',

  'signIn.heading': 'Sign in',
  'signIn.new': 'New here?',
  'signIn.invited': 'New here? Ask somebody who is in for an invite.',

  'signUp.heading': 'Create an account',
  'signUp.submit': 'Create account',
  'signUp.have': 'Have an account?',
  'signUp.refused.title': 'No new accounts',
  'signUp.closed': 'New accounts are made by who runs this instance. Ask them for one.',
  'signUp.needsInvite': 'New accounts need an invite here. Ask somebody who is in for a link and open it.',
} as const;
