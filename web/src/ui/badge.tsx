// A small word about a thing: its state, its role. Never colour alone: there is always a word.

import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { Icon } from './icon';

export type BadgeTone = 'plain' | 'accent' | 'ok' | 'warn' | 'bad' | 'live' | 'picture';

const tones: Record<BadgeTone, string> = {
  plain: 'bg-surface-2 text-text-2',
  accent: 'bg-tint-accent text-on-tint-accent',
  ok: 'bg-tint-ok text-ok',
  warn: 'bg-tint-warn text-warn',
  bad: 'bg-tint-bad text-bad',
  live: 'bg-live text-white',
  picture: 'bg-over-picture text-white',
};

/** A badge, 20 px high. */
export function Badge({ tone = 'plain', icon, className, children }: {
  tone?: BadgeTone;
  icon?: LucideIcon;
  className?: string;
  children: ReactNode;
}) {
  return (
    <span className={cx('inline-flex h-5 shrink-0 items-center gap-1 rounded-chip px-1.5 text-label font-medium whitespace-nowrap tnum', tones[tone], className)}>
      {icon && <Icon of={icon} size={16} className="-ml-0.5 size-3" />}
      {children}
    </span>
  );
}
