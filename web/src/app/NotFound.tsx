// An address at which there is nothing, and a page that stopped working.

import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { t } from '@/i18n/t';
import { Button, buttonClass } from '@/ui/button';
import { EmptyState, ErrorState } from '@/ui/states';
import { useTitle } from './use-title';

/** Nothing here. */
export function NotFound() {
  useTitle(t('app.notFound.title'));
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState
        level="h1"
        icon={Compass}
        title={t('app.notFound.title')}
        text={t('app.notFound.text')}
        action={<Link to="/" className={buttonClass('primary')}>{t('app.notFound.action')}</Link>}
      />
    </main>
  );
}

/** A fault of the page itself. */
export function Crashed() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <ErrorState
        level="h1"
        title={t('app.crash.title')}
        text={t('app.crash.text')}
        action={<Button kind="primary" onClick={() => window.location.reload()}>{t('action.reload')}</Button>}
      />
    </main>
  );
}
