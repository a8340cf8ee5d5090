// Two or three ways to look at the same things: a row of icons, one pressed in.

import type { LucideIcon } from 'lucide-react';
import { ToggleGroup } from 'radix-ui';
import { Icon } from '@/ui/icon';
import { Tooltip } from '@/ui/tooltip';

/** The switch; arrow keys move. */
export function LookSwitch<V extends string>({ label, value, onChange, options }: {
  label: string;
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; words: string; icon: LucideIcon }[];
}) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => { if (next !== '') onChange(next as V); }}
      className="flex h-9 items-center rounded-base bg-surface-2 p-0.5 max-md:h-10"
    >
      {options.map((option) => (
        <Tooltip key={option.value} words={option.words}>
          <ToggleGroup.Item
            value={option.value}
            aria-label={option.words}
            className="grid h-full w-9 place-items-center rounded-chip text-text-2 transition-colors hover:text-text aria-checked:bg-surface-3 aria-checked:text-text"
          >
            <Icon of={option.icon} size={16} />
          </ToggleGroup.Item>
        </Tooltip>
      ))}
    </ToggleGroup.Root>
  );
}
