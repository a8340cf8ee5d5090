// Buttons: 36 high (28 dense, 44 touch). Busy keeps the width and shows a spinner after 300 ms; disabled says why.

import { LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, Ref } from 'react';
import { t } from '@/i18n/t';
import { cx } from './cx';
import { Icon } from './icon';
import { Tooltip } from './tooltip';

/** How a button stands out. `danger` is red words; `dangerFill` only in the step that confirms. */
export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger' | 'dangerFill';
/** Height: 28, 36 or 44 px. */
export type ButtonSize = 'dense' | 'normal' | 'touch';

const kinds: Record<ButtonKind, string> = {
  primary: 'bg-fill text-white hover:bg-fill-hover active:bg-fill-press',
  secondary: 'bg-surface-2 text-text hover:bg-surface-3 active:bg-surface-3',
  quiet: 'text-text-2 hover:bg-surface-2 hover:text-text active:bg-surface-3',
  danger: 'text-bad hover:bg-tint-bad active:bg-tint-bad',
  dangerFill: 'bg-bad-fill text-white hover:brightness-110 active:brightness-95',
};

const sizes: Record<ButtonSize, string> = {
  dense: 'h-7 gap-1.5 rounded-chip text-meta',
  normal: 'h-9 gap-2 rounded-base text-body max-md:h-10',
  touch: 'h-11 gap-2 rounded-base text-body',
};

const pads: Record<ButtonSize, string> = { dense: 'px-2.5', normal: 'px-3.5', touch: 'px-4' };
const boxes: Record<ButtonSize, string> = { dense: 'w-7', normal: 'w-9 max-md:w-10', touch: 'w-11' };

const shared =
  'relative inline-flex shrink-0 items-center justify-center font-medium whitespace-nowrap select-none transition-colors '
  + 'disabled:opacity-45 aria-disabled:opacity-45 aria-disabled:cursor-not-allowed';

/** The classes of a button, for links that look like one. */
export function buttonClass(kind: ButtonKind = 'secondary', size: ButtonSize = 'normal', className?: string): string {
  return cx(shared, kinds[kind], sizes[size], pads[size], className);
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: ButtonKind;
  size?: ButtonSize;
  icon?: LucideIcon;
  /** Work is under way: the button stays as wide as it is and takes no press. */
  busy?: boolean;
  /** Why it cannot be pressed now; shown as a tooltip, and the button stays reachable by keyboard. */
  refusal?: string | undefined;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with words. */
export function Button({
  kind = 'secondary', size = 'normal', icon, busy = false, refusal, className, children, onClick, type, ...rest
}: ButtonProps) {
  const idle = busy || refusal !== undefined;
  const button = (
    <button
      {...rest}
      type={type ?? 'button'}
      aria-busy={busy || undefined}
      aria-disabled={idle || undefined}
      onClick={(event) => {
        if (idle) event.preventDefault();
        else onClick?.(event);
      }}
      className={buttonClass(kind, size, cx(busy && 'aria-disabled:opacity-100', className))}
    >
      <span className={cx('inline-flex items-center gap-[inherit]', busy && 'animate-busy-words')}>
        {icon && <Icon of={icon} size={size === 'dense' ? 16 : 20} className={size === 'dense' ? '-ml-0.5' : '-ml-1'} />}
        {children}
      </span>
      {busy && (
        <span className="absolute inset-0 grid place-items-center" role="status">
          <LoaderCircle size={16} strokeWidth={2} aria-hidden className="animate-late-spin" />
          <span className="sr-only">{t('state.working')}</span>
        </span>
      )}
    </button>
  );
  return refusal === undefined ? button : <Tooltip words={refusal}>{button}</Tooltip>;
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  icon: LucideIcon;
  /** Accessible name and tooltip. */
  name: string;
  /** Key that does the same, shown in the tooltip. */
  shortcut?: string;
  filled?: boolean;
  /** Side of the tooltip. */
  side?: 'top' | 'bottom' | 'left' | 'right';
}

/** A button with an icon only: a name, and a tooltip with its shortcut after 400 ms. */
export function IconButton({
  icon, name, shortcut, filled = false, side, kind = 'quiet', size = 'normal', busy = false, refusal, className, onClick,
  type, ...rest
}: IconButtonProps) {
  const idle = busy || refusal !== undefined;
  return (
    <Tooltip words={refusal ?? name} {...(shortcut === undefined ? {} : { shortcut })} {...(side ? { side } : {})}>
      <button
        {...rest}
        type={type ?? 'button'}
        aria-label={name}
        aria-busy={busy || undefined}
        aria-disabled={idle || undefined}
        aria-keyshortcuts={shortcut}
        onClick={(event) => {
          if (idle) event.preventDefault();
          else onClick?.(event);
        }}
        className={cx(shared, kinds[kind], sizes[size], boxes[size], className)}
      >
        {busy
          ? <LoaderCircle size={16} strokeWidth={2} aria-hidden className="animate-late-spin" />
          : <Icon of={icon} size={size === 'dense' ? 16 : 20} filled={filled} />}
      </button>
    </Tooltip>
  );
}
