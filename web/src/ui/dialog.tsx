// Dialogs: over everything, focus held inside, Esc closes. On a phone they stand at the lower edge.

import { X } from 'lucide-react';
import { AlertDialog, Dialog as Radix } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { t } from '@/i18n/t';
import { Button, IconButton } from './button';
import { cx } from './cx';

const scrim = 'fixed inset-0 z-40 animate-fade bg-scrim';
const sheet =
  'on-raised fixed z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] flex-col rounded-card bg-raised shadow-menu animate-fade '
  + 'left-1/2 top-1/2 -translate-x-1/2 -translate-y-1/2 '
  + 'max-sm:top-auto max-sm:bottom-0 max-sm:w-full max-sm:translate-y-0 max-sm:rounded-b-none max-sm:pb-[env(safe-area-inset-bottom)]';
const widths = { narrow: 'max-w-100', normal: 'max-w-125', wide: 'max-w-180' } as const;

/** A dialog with a title. */
export function Dialog({ open, onOpenChange, title, text, width = 'narrow', trigger, footer, children }: {
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  title: string;
  text?: string | undefined;
  width?: keyof typeof widths;
  trigger?: ReactNode;
  footer?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <Radix.Root {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
      {trigger !== undefined && <Radix.Trigger asChild>{trigger}</Radix.Trigger>}
      <Radix.Portal>
        <Radix.Overlay className={scrim} />
        <Radix.Content
          className={cx(sheet, widths[width], 'outline-none')}
          // Without a field of its own to begin with, the dialog itself takes the focus: its name is read, and no
          // tooltip of the Close button stands over it.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement | null)?.focus();
          }}
          {...(text === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1 pt-1">
              <Radix.Title className="text-title font-semibold">{title}</Radix.Title>
              {text !== undefined && <Radix.Description className="mt-1 text-list text-text-2">{text}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton icon={X} name={t('action.close')} className="-mr-2" />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-1 pb-5">{children}</div>
          {footer !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The step that confirms what cannot be taken back lightly. `onConfirm` may take its time. */
export function ConfirmDialog({ open, onOpenChange, title, text, action, onConfirm }: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text: string;
  action: string;
  onConfirm: () => Promise<unknown>;
}) {
  const [busy, setBusy] = useState(false);
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={scrim} />
        <AlertDialog.Content className={cx(sheet, widths.narrow, 'p-5 max-sm:pb-[max(1.25rem,env(safe-area-inset-bottom))]')}>
          <AlertDialog.Title className="text-title font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-body text-text-2">{text}</AlertDialog.Description>
          <div className="mt-5 flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>{t('action.cancel')}</Button>
            </AlertDialog.Cancel>
            <Button
              kind="dangerFill"
              busy={busy}
              onClick={() => {
                setBusy(true);
                void onConfirm().then(() => onOpenChange(false)).finally(() => setBusy(false));
              }}
            >
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
