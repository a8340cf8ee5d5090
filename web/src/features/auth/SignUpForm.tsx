// The fields of a new account: on the sign-up page, and where a guest becomes a user.

import { useState, type SyntheticEvent } from 'react';
import { useSignUp } from '@/api/queries';
import { t } from '@/i18n/t';
import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { PasswordField } from '@/ui/password-field';
import { ErrorNote } from '@/ui/states';
import { formError } from './form-error';

/** The form. `startName` is a guest's name, which they may keep. */
export function SignUpForm({ invite, startName = '', onDone }: { invite: string | null; startName?: string; onDone: () => void }) {
  const signUp = useSignUp();
  const [name, setName] = useState(startName);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const error = formError(signUp.error, ['name', 'email', 'password']);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    signUp.mutate({ name, email, password, invite }, { onSuccess: onDone });
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField label={t('auth.name')} name="name" autoComplete="name" required value={name} onChange={(event) => setName(event.target.value)} error={error.field('name')} />
      <TextField label={t('auth.email')} name="email" type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} error={error.field('email')} />
      <PasswordField label={t('auth.password')} name="password" autoComplete="new-password" required minLength={10} maxLength={128} hint={t('auth.password.hint')} value={password} onChange={(event) => setPassword(event.target.value)} error={error.field('password')} />
      {error.form !== null && <ErrorNote>{error.form}</ErrorNote>}
      <Button kind="primary" type="submit" busy={signUp.isPending} className="mt-1 w-full">{t('signUp.submit')}</Button>
    </form>
  );
}
