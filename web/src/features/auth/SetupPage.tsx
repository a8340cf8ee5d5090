// The first page of a new instance: its owner, by the one-time link.

import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type SyntheticEvent } from 'react';
import { useInstance, useSetup } from '@/api/queries';
import { CardPage } from '@/app/CardPage';
import { useChannelPreload } from '@/app/preload';
import { t } from '@/i18n/t';
import { Button, buttonClass } from '@/ui/button';
import { Checkbox } from '@/ui/choice';
import { TextField } from '@/ui/field';
import { PasswordField } from '@/ui/password-field';
import { ErrorNote } from '@/ui/states';
import { formError } from './form-error';

/** Setup. Without a token it says where the link is. */
export function SetupPage({ token }: { token: string | null }) {
  useChannelPreload();
  const instance = useInstance();
  if (instance.data && !instance.data.setup_needed) {
    return (
      <CardPage title={t('setup.title')} heading={t('setup.done.title')} text={t('setup.done.text')}>
        <Link to="/sign-in" className={buttonClass('primary', 'normal', 'w-full')}>{t('app.signIn')}</Link>
      </CardPage>
    );
  }
  if (token === null) {
    return (
      <CardPage title={t('setup.title')} heading={t('setup.noToken.title')} text={t('setup.noToken.text')}>
        <Button className="w-full" busy={instance.isFetching} onClick={() => void instance.refetch()}>{t('action.retry')}</Button>
      </CardPage>
    );
  }
  return <SetupForm token={token} />;
}

function SetupForm({ token }: { token: string }) {
  const setup = useSetup();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [sample, setSample] = useState(true);
  const error = formError(setup.error, ['name', 'email', 'password']);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setup.mutate({ token, name, email, password, sample_channel: sample }, {
      onSuccess: (done) => void (done.channel === null
        ? navigate({ to: '/' })
        : navigate({ to: '/channel/$channel', params: { channel: done.channel } })),
    });
  };

  return (
    <CardPage title={t('setup.title')} heading={t('setup.heading')} text={t('setup.text')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField label={t('auth.name')} name="name" autoComplete="name" required autoFocus value={name} onChange={(event) => setName(event.target.value)} error={error.field('name')} />
        <TextField label={t('auth.email')} name="email" type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} error={error.field('email')} />
        <PasswordField label={t('auth.password')} name="password" autoComplete="new-password" required minLength={10} maxLength={128} hint={t('auth.password.hint')} value={password} onChange={(event) => setPassword(event.target.value)} error={error.field('password')} />
        <Checkbox label={t('setup.sample')} hint={t('setup.sample.hint')} checked={sample} onChange={setSample} />
        {error.form !== null && <ErrorNote>{error.form}</ErrorNote>}
        <Button kind="primary" type="submit" busy={setup.isPending} className="mt-1 w-full">{t('setup.submit')}</Button>
      </form>
    </CardPage>
  );
}
