// Toasts: what happened, with an Undo where there is one. At most three; the oldest gives way.

import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { Toast as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { create } from 'zustand';
import { t } from '@/i18n/t';
import { Button, IconButton } from './button';
import { cx } from './cx';
import { Icon } from './icon';

/** A toast to be shown. */
export interface ToastWish {
  kind?: 'ok' | 'bad' | 'plain';
  words: string;
  /** One action, such as Undo. */
  action?: { words: string; run: () => void };
}

interface ToastShown extends ToastWish {
  id: number;
}

/** More than this at once would be a wall of words. */
const TOASTS_MAX = 3;
/** Long enough to read two lines and to reach Undo by keyboard, milliseconds. */
const TOAST_MS = 6_000;

let lastId = 0;

const useToasts = create<{ toasts: ToastShown[] }>(() => ({ toasts: [] }));

/** Shows a toast; returns its id for `dismissToast`. */
export function toast(wish: ToastWish): number {
  lastId += 1;
  const shown = { ...wish, id: lastId };
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, shown].slice(-TOASTS_MAX) }));
  return lastId;
}

/** Takes a toast away. */
export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
}

/** Put once around the page. */
export function ToastRoot({ children }: { children: ReactNode }) {
  const toasts = useToasts((state) => state.toasts);
  return (
    <Radix.Provider duration={TOAST_MS} swipeDirection="right" label={t('toast.label')}>
      {children}
      {toasts.map((one) => (
        <Radix.Root
          key={one.id}
          onOpenChange={(open) => { if (!open) dismissToast(one.id); }}
          className="flex animate-pop items-center gap-3 rounded-base bg-raised py-2 pr-2 pl-3.5 shadow-menu"
        >
          {one.kind === 'ok' && <Icon of={CircleCheck} className="text-ok" />}
          {one.kind === 'bad' && <Icon of={CircleAlert} className="text-bad" />}
          <Radix.Description className="min-w-0 flex-1 py-1 text-list">{one.words}</Radix.Description>
          {one.action && (
            <Radix.Action asChild altText={one.action.words}>
              <Button size="dense" kind="quiet" className="text-link" onClick={one.action.run}>{one.action.words}</Button>
            </Radix.Action>
          )}
          <Radix.Close asChild>
            <IconButton icon={X} size="dense" name={t('action.dismiss')} />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport
        className={cx(
          'fixed right-4 bottom-4 z-60 flex w-90 max-w-[calc(100vw-2rem)] flex-col gap-2 outline-none',
          'pb-[env(safe-area-inset-bottom)]',
        )}
      />
    </Radix.Provider>
  );
}
