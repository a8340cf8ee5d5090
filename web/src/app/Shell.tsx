// The frame of a page that scrolls: skip link, top bar, banner, content of at most 1200 px.

import { LockOpen } from 'lucide-react';
import type { ReactNode } from 'react';
import { useInstance } from '@/api/queries';
import { t } from '@/i18n/t';
import { Badge } from '@/ui/badge';
import { BannerSlot, useBanner } from '@/ui/banner';
import { cx } from '@/ui/cx';
import { Tooltip } from '@/ui/tooltip';
import { TopBar } from './TopBar';
import { UnshieldedNotice } from './UnshieldedNotice';
import { useOnline } from './use-online';
import { useTitle } from './use-title';

/** Jumps over the top bar by keyboard. */
export function SkipLink() {
  return (
    <a href="#content" className="sr-only z-60 rounded-base bg-fill px-3 py-2 text-white focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
      {t('app.skip')}
    </a>
  );
}

/** The permanent sign that this page came over plain HTTP through a network. */
export function PlainHttpNotice() {
  const { data } = useInstance();
  if (data?.mode !== 'lan') return null;
  return (
    <Tooltip words={t('app.lanNotice')}>
      <button type="button" aria-label={t('app.lanNotice.short')} className="grid h-7 min-w-7 place-items-center rounded-chip">
        <Badge tone="warn" icon={LockOpen} className="max-md:h-7 max-md:px-2.5">
          <span className="max-md:hidden">{t('app.lanNotice.short')}</span>
        </Badge>
      </button>
    </Tooltip>
  );
}

/** A page. `title` is the tab's. */
export function Shell({ title, start, end, width = 'wide', children }: {
  title: string;
  start?: ReactNode;
  end?: ReactNode;
  width?: 'wide' | 'narrow';
  children: ReactNode;
}) {
  useTitle(title);
  useBanner('offline', useOnline() ? null : t('offline.banner'));
  return (
    <div className="flex min-h-dvh flex-col">
      <SkipLink />
      <TopBar start={start} end={<><UnshieldedNotice /><PlainHttpNotice />{end}</>} />
      <BannerSlot />
      <main id="content" tabIndex={-1} className={cx('mx-auto w-full flex-1 px-6 py-8 outline-none max-md:px-4 max-md:py-6', width === 'wide' ? 'max-w-300' : 'max-w-180')}>
        {children}
      </main>
    </div>
  );
}
