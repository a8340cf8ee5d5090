// The bar at the top of every page: 48 high, 44 on phones. Home at the left, what the page adds, uploads and the
// person's menu at the right.

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { UploadTray } from '@/features/upload/UploadTray';
import { t } from '@/i18n/t';
import { Tooltip } from '@/ui/tooltip';
import { Mark } from './Mark';
import { UserMenu } from './UserMenu';

/** The top bar. `start` follows the home link, `end` stands before uploads and menu. */
export function TopBar({ start, center, end }: { start?: ReactNode; center?: ReactNode; end?: ReactNode }) {
  return (
    <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface-1 px-3 max-md:h-11 max-md:px-2">
      <Tooltip words={t('app.home')}>
        <Link to="/" aria-label={t('app.home')} className="grid size-9 shrink-0 place-items-center rounded-base transition-colors hover:bg-surface-2">
          <Mark />
        </Link>
      </Tooltip>
      <div className="flex min-w-0 flex-1 items-center gap-2">{start}</div>
      {center}
      <div className="flex items-center gap-2 max-md:gap-1">
        {end}
        <UploadTray />
        <UserMenu />
      </div>
    </header>
  );
}
