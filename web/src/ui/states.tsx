// What stands in a region that has nothing to show: empty (one sentence, one button) or failed (what happened, what
// to do, the code).

import { CircleAlert, CloudOff, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n/t';
import { Button } from './button';
import { cx } from './cx';
import { Icon } from './icon';

/** Nothing here yet. */
export function EmptyState({ icon, title, text, action, className, level: Heading = 'h2' }: {
  icon: LucideIcon;
  title: string;
  text?: string;
  action?: ReactNode;
  className?: string;
  /** `h1` where it is the whole page. */
  level?: 'h1' | 'h2';
}) {
  return (
    <div className={cx('flex flex-col items-center px-4 py-16 text-center', className)}>
      <span className="mb-5 grid size-14 place-items-center rounded-full bg-surface-2 text-text-2"><Icon of={icon} size={24} /></span>
      <Heading className="text-page font-semibold">{title}</Heading>
      {text !== undefined && <p className="mt-1.5 max-w-100 text-body text-text-2">{text}</p>}
      {action !== undefined && <div className="mt-6">{action}</div>}
    </div>
  );
}

/** It could not be loaded. `offline` changes the sign. */
export function ErrorState({ title, text, offline = false, onRetry, action, className, level: Heading = 'h2' }: {
  title?: string;
  text: string;
  offline?: boolean;
  onRetry?: () => void;
  action?: ReactNode;
  className?: string;
  /** `h1` where it is the whole page. */
  level?: 'h1' | 'h2';
}) {
  return (
    <div role="alert" className={cx('flex flex-col items-center px-4 py-16 text-center', className)}>
      <span className={cx('mb-5 grid size-14 place-items-center rounded-full', offline ? 'bg-tint-warn text-warn' : 'bg-tint-bad text-bad')}>
        <Icon of={offline ? CloudOff : CircleAlert} size={24} />
      </span>
      <Heading className="text-page font-semibold">{title ?? (offline ? t('error.network.title') : t('error.load.title'))}</Heading>
      <p className="mt-1.5 max-w-110 text-body text-text-2">{text}</p>
      <div className="mt-6 flex gap-2">
        {onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>}
        {action}
      </div>
    </div>
  );
}

/** A sentence in a form or card about what went wrong. */
export function ErrorNote({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div role="alert" className={cx('flex items-start gap-2 rounded-base bg-tint-bad px-3 py-2 text-list text-text', className)}>
      <Icon of={CircleAlert} size={16} className="mt-0.5 shrink-0 text-bad" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
