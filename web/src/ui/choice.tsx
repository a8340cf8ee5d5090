// Choosing: select (the browser's own, the best one on phones and for screen readers), switch, checkbox, radio group.

import { Check, ChevronDown } from 'lucide-react';
import { Checkbox as RadixCheckbox, RadioGroup as RadixRadio, Switch as RadixSwitch } from 'radix-ui';
import { useId, type ReactNode } from 'react';
import { cx } from './cx';
import { inputClass } from './field';
import { Icon } from './icon';

/** A select with a label. */
export function Select<V extends string>({ label, labelHidden = false, value, onChange, options, disabled = false, dense = false, className }: {
  label: string;
  labelHidden?: boolean;
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; words: string; disabled?: boolean }[];
  disabled?: boolean;
  dense?: boolean;
  className?: string;
}) {
  const id = useId();
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className={labelHidden ? 'sr-only' : 'text-list font-medium'}>{label}</label>
      <div className="relative">
        <select
          id={id}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value as V)}
          className={dense
            ? 'h-8 w-full cursor-pointer appearance-none rounded-chip bg-surface-2 pr-8 pl-2.5 text-list transition-colors hover:bg-surface-3 disabled:opacity-45 max-md:h-10 max-md:text-title'
            : cx(inputClass, 'appearance-none pr-8')}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled} className="bg-raised text-text">{option.words}</option>
          ))}
        </select>
        <Icon of={ChevronDown} size={16} className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-text-2" />
      </div>
    </div>
  );
}

/** On or off, at once. */
export function Switch({ label, hint, checked, onChange, disabled = false }: {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <label htmlFor={id} className="text-body">
        {label}
        {hint !== undefined && <span className="block text-meta text-text-3">{hint}</span>}
      </label>
      <RadixSwitch.Root
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        className="relative h-6 w-10 shrink-0 rounded-full border border-edge bg-surface-3 transition-colors data-[state=checked]:border-fill data-[state=checked]:bg-fill"
      >
        <RadixSwitch.Thumb className="block size-4 translate-x-[3px] rounded-full bg-text-2 transition-transform data-[state=checked]:translate-x-[19px] data-[state=checked]:bg-white" />
      </RadixSwitch.Root>
    </div>
  );
}

/** A box to tick, in a form. */
export function Checkbox({ label, hint, checked, onChange, name }: {
  label: ReactNode;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  name?: string;
}) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <RadixCheckbox.Root
        id={id}
        name={name}
        checked={checked}
        onCheckedChange={(state) => onChange(state === true)}
        className="relative mt-px grid size-[18px] shrink-0 place-items-center rounded-[5px] border border-edge bg-field after:absolute after:-inset-1.5 data-[state=checked]:border-fill data-[state=checked]:bg-fill"
      >
        <RadixCheckbox.Indicator>
          <Check size={14} strokeWidth={3} aria-hidden className="text-white" />
        </RadixCheckbox.Indicator>
      </RadixCheckbox.Root>
      <label htmlFor={id} className="cursor-pointer text-body">
        {label}
        {hint !== undefined && <span className="block text-meta text-text-3">{hint}</span>}
      </label>
    </div>
  );
}

/** One of a few, each with its meaning. */
export function RadioGroup<V extends string>({ label, value, onChange, options, className }: {
  label: string;
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; words: string; hint?: string; disabled?: boolean }[];
  className?: string;
}) {
  const id = useId();
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <span id={id} className="text-list font-medium">{label}</span>
      <RadixRadio.Root aria-labelledby={id} value={value} onValueChange={(chosen) => onChange(chosen as V)} className="flex flex-col gap-1">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex cursor-pointer items-start gap-3 rounded-base p-2.5 shadow-card transition-colors hover:bg-surface-2 has-data-[state=checked]:bg-tint-accent"
          >
            <RadixRadio.Item
              value={option.value}
              disabled={option.disabled ?? false}
              className="mt-px grid size-[18px] shrink-0 place-items-center rounded-full border border-edge bg-field data-[state=checked]:border-fill data-[state=checked]:bg-fill"
            >
              <RadixRadio.Indicator className="size-2 rounded-full bg-white" />
            </RadixRadio.Item>
            <span className="min-w-0">
              <span className="block text-body font-medium">{option.words}</span>
              {option.hint !== undefined && <span className="block text-meta text-text-2">{option.hint}</span>}
            </span>
          </label>
        ))}
      </RadixRadio.Root>
    </div>
  );
}
