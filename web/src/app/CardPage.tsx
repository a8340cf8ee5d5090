// The frame of sign-in, setup and invite: one card of 400 px in the middle of a calm page.

import { Monitor, Moon, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n/t';
import { IconButton } from '@/ui/button';
import { Menu } from '@/ui/menu';
import { Mark } from './Mark';
import { PlainHttpNotice } from './Shell';
import { useTheme } from './theme';
import { ThemeChoice } from './UserMenu';
import { useTitle } from './use-title';

/** A card with a heading. `picture` stands above it, edge to edge. */
export function CardPage({ title, heading, text, picture, foot, children }: {
  title: string;
  heading?: ReactNode;
  text?: ReactNode;
  picture?: ReactNode;
  foot?: ReactNode;
  children: ReactNode;
}) {
  useTitle(title);
  const theme = useTheme((state) => state.theme);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 items-center justify-between gap-2 px-4">
        <span className="flex items-center gap-2.5 text-body font-semibold"><Mark />{t('app.name')}</span>
        <span className="flex items-center gap-2">
          <PlainHttpNotice />
          <Menu
            label={t('theme.label')}
            trigger={<IconButton icon={{ dark: Moon, light: Sun, system: Monitor }[theme]} name={t('theme.label')} />}
          >
            <ThemeChoice />
          </Menu>
        </span>
      </header>
      <main className="flex flex-1 flex-col items-center justify-center px-4 pt-4 pb-24 max-sm:justify-start max-sm:pb-8">
        <div className="w-full max-w-100 overflow-hidden rounded-card bg-surface-1 shadow-card">
          {picture}
          <div className="p-6 max-sm:p-5">
            {heading !== undefined && <h1 className="text-hero font-semibold text-balance">{heading}</h1>}
            {text !== undefined && <div className="mt-1.5 text-body text-text-2">{text}</div>}
            <div className="mt-6 first:mt-0">{children}</div>
          </div>
        </div>
        {foot !== undefined && <div className="mt-5 max-w-100 text-center text-list text-text-2">{foot}</div>}
      </main>
    </div>
  );
}
