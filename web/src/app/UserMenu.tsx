// The menu of the person who is signed in: theme, keys, account, sign out.

import { useNavigate } from '@tanstack/react-router';
import { Activity, BookOpen, Keyboard, ListChecks, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import { useSession } from '@/api/queries';
import { t } from '@/i18n/t';
import { Face } from '@/ui/face';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from '@/ui/menu';
import { useShortcutSettings } from './shortcuts';
import { useTheme } from './theme';
import { useLeave } from './use-leave';

/** The theme as a choice in a menu. */
export function ThemeChoice() {
  const { theme, setTheme } = useTheme();
  return (
    <MenuChoice
      value={theme}
      onChange={setTheme}
      options={[
        { value: 'dark', words: t('theme.dark'), icon: Moon },
        { value: 'light', words: t('theme.light'), icon: Sun },
        { value: 'system', words: t('theme.system'), icon: Monitor },
      ]}
    />
  );
}

/** The face at the right end of the top bar, and its menu. */
export function UserMenu() {
  const { data: session } = useSession();
  const { leave } = useLeave();
  const navigate = useNavigate();
  const setSheetOpen = useShortcutSettings((state) => state.setSheetOpen);
  const person = session?.person;
  if (!person) return null;
  return (
    <Menu
      label={t('app.menu')}
      trigger={
        <button type="button" aria-label={t('app.menuOf', { name: person.name })} className="grid size-9 shrink-0 place-items-center rounded-full transition-colors hover:bg-surface-2 max-md:size-10">
          <Face of={person} size={24} named />
        </button>
      }
    >
      <div className="flex max-w-64 items-center gap-3 px-2.5 py-2">
        <Face of={person} size={32} named />
        <div className="min-w-0">
          <p className="cut text-list font-medium">{person.name}</p>
          <p className="cut text-meta text-text-3">{session.email ?? t('app.guestHere')}</p>
        </div>
      </div>
      <MenuLine />
      <MenuLabel>{t('theme.label')}</MenuLabel>
      <ThemeChoice />
      <MenuLine />
      <MenuItem icon={Keyboard} shortcut="?" onSelect={() => setSheetOpen(true)}>{t('app.shortcuts')}</MenuItem>
      <MenuItem icon={BookOpen} onSelect={() => window.open('/api/docs', '_blank', 'noopener')}>{t('app.apiDocs')}</MenuItem>
      <MenuItem icon={UserRound} onSelect={() => void navigate({ to: '/account' })}>{t('app.account')}</MenuItem>
      {session.instance_owner && (
        <>
          <MenuItem icon={ListChecks} onSelect={() => void navigate({ to: '/jobs', search: {} })}>{t('app.jobs')}</MenuItem>
          <MenuItem icon={Activity} onSelect={() => void navigate({ to: '/numbers' })}>{t('app.numbers')}</MenuItem>
        </>
      )}
      <MenuItem icon={LogOut} onSelect={leave}>{t('app.signOut')}</MenuItem>
    </Menu>
  );
}
