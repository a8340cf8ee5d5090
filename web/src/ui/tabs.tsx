// Tabs: the selected one has a bar of 2 px. Arrow keys move between them.

import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { cx } from './cx';

/** Tabs with their panels as `TabPanel` children. */
export function Tabs<V extends string>({ value, onChange, tabs, label, children, className, listClassName }: {
  value: V;
  onChange: (value: V) => void;
  tabs: readonly { value: V; words: string; badge?: ReactNode }[];
  label: string;
  children: ReactNode;
  className?: string;
  listClassName?: string;
}) {
  return (
    <Radix.Root value={value} onValueChange={(chosen) => onChange(chosen as V)} className={className}>
      <Radix.List aria-label={label} className={cx('flex gap-1 border-b border-line px-2', listClassName)}>
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className={
              'relative flex h-11 items-center gap-1.5 rounded-chip px-2.5 text-list font-medium text-text-2 transition-colors '
              + 'hover:text-text focus-visible:-outline-offset-2 data-[state=active]:text-text '
              + 'data-[state=active]:after:absolute data-[state=active]:after:inset-x-2 data-[state=active]:after:-bottom-px '
              + 'data-[state=active]:after:h-0.5 data-[state=active]:after:rounded-full data-[state=active]:after:bg-accent'
            }
          >
            {tab.words}
            {tab.badge}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {children}
    </Radix.Root>
  );
}

/** The panel of one tab. `keep` leaves it mounted while another is shown. */
export function TabPanel({ value, keep = false, className, children }: {
  value: string;
  keep?: boolean;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Radix.Content
      value={value}
      {...(keep ? { forceMount: true as const } : {})}
      className={cx('focus-visible:-outline-offset-2', keep && 'data-[state=inactive]:hidden', className)}
    >
      {children}
    </Radix.Content>
  );
}
