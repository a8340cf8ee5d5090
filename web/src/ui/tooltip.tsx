// The tooltip: the name of a control and its shortcut after 400 ms, at once on keyboard focus.

import { Tooltip as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { Kbd } from './kbd';

/** Wait before a tooltip opens, milliseconds (product.md). */
export const TOOLTIP_DELAY_MS = 400;

/** Put once around the page. */
export function TooltipRoot({ children }: { children: ReactNode }) {
  return <Radix.Provider delayDuration={TOOLTIP_DELAY_MS} skipDelayDuration={200}>{children}</Radix.Provider>;
}

/** A tooltip on its child, which must take a ref and props (a button, a link). */
export function Tooltip({ words, shortcut, side = 'bottom', children }: {
  words: string;
  shortcut?: string;
  side?: 'top' | 'bottom' | 'left' | 'right';
  children: ReactNode;
}) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-60 flex max-w-72 animate-fade items-center gap-2 rounded-chip bg-raised px-2 py-1 text-meta text-text shadow-menu"
        >
          {words}
          {shortcut !== undefined && <Kbd>{shortcut}</Kbd>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
