// Menus of actions and choices, on a button.

import { Check, type LucideIcon } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { Icon } from './icon';
import { Kbd } from './kbd';

const item =
  'flex h-9 cursor-pointer items-center gap-2.5 rounded-chip px-2.5 text-list outline-none select-none max-md:h-11 '
  + 'data-highlighted:bg-surface-3 data-disabled:opacity-45 data-disabled:cursor-not-allowed';

/** A menu on its trigger (a button). */
export function Menu({ trigger, align = 'end', side, label, children, open, onOpenChange }: {
  trigger: ReactNode;
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'bottom' | 'left' | 'right';
  label?: string;
  children: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}) {
  return (
    // Not modal: the page behind stays readable, and nothing jumps when the menu opens.
    <DropdownMenu.Root modal={false} {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          {...(side ? { side } : {})}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          className="on-raised z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-48 animate-pop overflow-y-auto rounded-base bg-raised p-1 shadow-menu"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** One action. */
export function MenuItem({ icon, danger = false, shortcut, disabled = false, onSelect, children }: {
  icon?: LucideIcon;
  danger?: boolean;
  shortcut?: string;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Item disabled={disabled} onSelect={onSelect} className={cx(item, danger && 'text-bad')}>
      {icon && <Icon of={icon} size={16} className={danger ? '' : 'text-text-2'} />}
      <span className="flex-1">{children}</span>
      {shortcut !== undefined && <Kbd>{shortcut}</Kbd>}
    </DropdownMenu.Item>
  );
}

/** On or off, with a check when on; the menu stays open. */
export function MenuSwitch({ checked, onChange, disabled = false, children }: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.CheckboxItem
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      className={item}
    >
      <span className="flex-1">{children}</span>
      <DropdownMenu.ItemIndicator><Icon of={Check} size={16} className="text-link" /></DropdownMenu.ItemIndicator>
    </DropdownMenu.CheckboxItem>
  );
}

/** A line between groups. */
export function MenuLine() {
  return <DropdownMenu.Separator className="mx-2.5 my-1 h-px bg-line" />;
}

/** Words above a group. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2.5 pt-2 pb-1 text-label font-medium text-text-3">{children}</DropdownMenu.Label>;
}

/** One of several, the chosen one with a check. */
export function MenuChoice<V extends string>({ value, onChange, options }: {
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; words: string; icon?: LucideIcon; disabled?: boolean }[];
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(chosen) => onChange(chosen as V)}>
      {options.map((option) => (
        <DropdownMenu.RadioItem
          key={option.value}
          value={option.value}
          disabled={option.disabled ?? false}
          className={item}
        >
          {option.icon && <Icon of={option.icon} size={16} className="text-text-2" />}
          <span className="flex-1">{option.words}</span>
          <DropdownMenu.ItemIndicator><Icon of={Check} size={16} className="text-link" /></DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
