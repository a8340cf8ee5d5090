// The three themes as cards.

import type { LucideIcon } from 'lucide-react';
import { RadioGroup } from 'radix-ui';
import { t } from '@/i18n/t';
import { Icon } from '@/ui/icon';

/** Cards of which one is chosen; arrow keys move. */
export function ThemeCards<V extends string>({ value, onChange, options }: {
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; words: string; icon: LucideIcon }[];
}) {
  return (
    <RadioGroup.Root aria-label={t('theme.label')} value={value} onValueChange={(next) => onChange(next as V)} className="grid grid-cols-3 gap-2">
      {options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          className={
            'flex h-20 flex-col items-center justify-center gap-2 rounded-base bg-surface-2 text-list font-medium text-text-2 transition-colors '
            + 'hover:text-text data-[state=checked]:bg-tint-accent data-[state=checked]:text-text data-[state=checked]:shadow-[inset_0_-2px_0_var(--c-accent)]'
          }
        >
          <Icon of={option.icon} />
          {option.words}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
