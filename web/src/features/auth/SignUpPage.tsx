// A new account: open to everybody, or with an invite.

import { Link, useNavigate } from '@tanstack/react-router';
import { useInstance } from '@/api/queries';
import { CardPage } from '@/app/CardPage';
import { t } from '@/i18n/t';
import { buttonClass } from '@/ui/button';
import { SignUpForm } from './SignUpForm';

/** Sign-up. With an invite, the new user goes on to it. */
export function SignUpPage({ invite, next }: { invite: string | null; next: string | null }) {
  const instance = useInstance();
  const navigate = useNavigate();
  const policy = instance.data?.signup;
  const foot = (
    <>{t('signUp.have')} <Link to="/sign-in" search={next === null ? {} : { next }} className="font-medium text-link hover:underline">{t('app.signIn')}</Link></>
  );
  if (policy === 'closed' || (policy === 'invite' && invite === null)) {
    return (
      <CardPage title={t('signUp.submit')} heading={t('signUp.refused.title')} text={policy === 'closed' ? t('signUp.closed') : t('signUp.needsInvite')}>
        <Link to="/sign-in" className={buttonClass('secondary', 'normal', 'w-full')}>{t('app.signIn')}</Link>
      </CardPage>
    );
  }
  const done = () => void (invite === null
    ? navigate({ href: next ?? '/', replace: true })
    : navigate({ to: '/invite/$token', params: { token: invite }, replace: true }));
  return (
    <CardPage title={t('signUp.submit')} heading={t('signUp.heading')} foot={foot}>
      <SignUpForm invite={invite} onDone={done} />
    </CardPage>
  );
}
