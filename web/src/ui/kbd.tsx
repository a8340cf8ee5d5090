// A key of the keyboard.

import type { ReactNode } from 'react';

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-grid h-5 min-w-5 place-items-center rounded-[4px] bg-surface-3 px-1.5 font-sans text-label font-medium text-text-2">
      {children}
    </kbd>
  );
}
