// Sign-in with e-mail and password.

import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { useInstance, useSession, useSignIn } from '@/api/queries';
import { CardPage } from '@/app/CardPage';
import { useChannelPreload } from '@/app/preload';
import { t } from '@/i18n/t';
import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { PasswordField } from '@/ui/password-field';
import { ErrorNote } from '@/ui/states';
import { formError } from './form-error';

/** Sign-in; `next` is where to go after. A guest may come here to sign in as a user. */
export function SignInPage({ next }: { next: string | null }) {
  useChannelPreload();
  const signIn = useSignIn();
  const session = useSession();
  const instance = useInstance();
  const navigate = useNavigate();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const passwordField = useRef<HTMLInputElement>(null);
  const error = formError(signIn.error, ['email']);
  const user = session.data?.person?.kind === 'user';
  const setupNeeded = instance.data?.setup_needed === true;

  useEffect(() => {
    if (user) void navigate({ href: next ?? '/', replace: true });
    else if (setupNeeded) void navigate({ to: '/setup', replace: true });
  }, [user, setupNeeded, next, navigate]);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    signIn.mutate({ email, password }, {
      onError: () => {
        passwordField.current?.focus();
        passwordField.current?.select();
      },
    });
  };

  return (
    <CardPage
      title={t('app.signIn')}
      heading={t('signIn.heading')}
      foot={instance.data?.signup === 'open'
        ? <>{t('signIn.new')} <Link to="/sign-up" search={next === null ? {} : { next }} className="font-medium text-link hover:underline">{t('signUp.submit')}</Link></>
        : t('signIn.invited')}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField label={t('auth.email')} name="email" type="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} error={error.field('email')} />
        <PasswordField ref={passwordField} label={t('auth.password')} name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
        {error.form !== null && <ErrorNote>{error.form}</ErrorNote>}
        <Button kind="primary" type="submit" busy={signIn.isPending} className="mt-1 w-full">{t('app.signIn')}</Button>
      </form>
    </CardPage>
  );
}
