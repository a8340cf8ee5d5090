// The person's own page: who they are here, the look, the keys; a guest may become a user and keeps everything.

import { Moon, Monitor, Sun } from 'lucide-react';
import { useSession } from '@/api/queries';
import { Shell } from '@/app/Shell';
import { useShortcutSettings } from '@/app/shortcuts';
import { useTheme } from '@/app/theme';
import { useLeave } from '@/app/use-leave';
import { t } from '@/i18n/t';
import { Button } from '@/ui/button';
import { Switch } from '@/ui/choice';
import { Face } from '@/ui/face';
import { MediaToolsCard } from './MediaToolsCard';
import { ThemeCards } from './ThemeCards';
import { toast } from '@/ui/toast';
import { SignUpForm } from '../auth/SignUpForm';

/** The page at `/account`. */
export function AccountPage() {
  const session = useSession();
  const { leave, busy } = useLeave();
  const { theme, setTheme } = useTheme();
  const { enabled, setEnabled, setSheetOpen } = useShortcutSettings();
  const person = session.data?.person;
  if (!person) return null;
  return (
    <Shell title={t('app.account')} width="narrow">
      <h1 className="mb-6 text-page font-semibold">{t('app.account')}</h1>
      <div className="flex flex-col gap-4">
        <section className="flex items-center gap-4 rounded-card bg-surface-1 p-5 shadow-card max-sm:flex-wrap">
          <Face of={person} size={48} named />
          <div className="min-w-0 flex-1">
            <h2 className="cut text-title font-semibold">{person.name}</h2>
            <p className="cut text-list text-text-2">{session.data?.email ?? t('app.guestHere')}</p>
          </div>
          <Button busy={busy} onClick={leave}>{t('app.signOut')}</Button>
        </section>
        {person.kind === 'guest' && (
          <section className="rounded-card bg-surface-1 p-5 shadow-card">
            <h2 className="text-title font-semibold">{t('account.keep.title')}</h2>
            <p className="mt-1 mb-5 text-list text-text-2">{t('account.keep.text')}</p>
            <SignUpForm invite={null} startName={person.name} onDone={() => toast({ kind: 'ok', words: t('account.keep.done') })} />
          </section>
        )}
        <section className="rounded-card bg-surface-1 p-5 shadow-card">
          <h2 className="mb-3 text-title font-semibold">{t('theme.label')}</h2>
          <ThemeCards
            value={theme}
            onChange={setTheme}
            options={[
              { value: 'dark', words: t('theme.dark'), icon: Moon },
              { value: 'light', words: t('theme.light'), icon: Sun },
              { value: 'system', words: t('theme.system'), icon: Monitor },
            ]}
          />
        </section>
        {session.data?.instance_owner && <MediaToolsCard />}
        <section className="flex flex-col gap-4 rounded-card bg-surface-1 p-5 shadow-card">
          <h2 className="text-title font-semibold">{t('account.keyboard')}</h2>
          <Switch label={t('keys.single')} hint={t('keys.single.hint')} checked={enabled} onChange={setEnabled} />
          <Button className="self-start" onClick={() => setSheetOpen(true)}>{t('account.showKeys')}</Button>
        </section>
      </div>
    </Shell>
  );
}
