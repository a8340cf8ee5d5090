// The sheet of keys, opened by `?`.

import { t } from '@/i18n/t';
import { Switch } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { Kbd } from '@/ui/kbd';
import { useShortcuts, useShortcutSettings } from './shortcuts';

const groups = [
  {
    title: 'keys.watch',
    keys: [
      ['keys.playPause', ['Space', 'K']],
      ['keys.skip5', ['←', '→']],
      ['keys.skip10', ['J', 'L']],
      ['keys.frame', [',', '.']],
      ['keys.speed', ['<', '>']],
      ['keys.chapter', ['[', ']']],
    ],
  },
  {
    title: 'keys.everywhere',
    keys: [
      ['keys.mute', ['M']],
      ['keys.full', ['F']],
      ['keys.picture', ['P']],
      ['keys.chat', ['T']],
      ['keys.react', ['1', '…', '6']],
      ['keys.back', ['Esc']],
      ['keys.help', ['?']],
    ],
  },
] as const;

/** Put once around the page. */
export function ShortcutSheet() {
  const { enabled, setEnabled, sheetOpen, setSheetOpen } = useShortcutSettings();
  useShortcuts({ '?': () => setSheetOpen(true) });
  return (
    <Dialog open={sheetOpen} onOpenChange={setSheetOpen} title={t('app.shortcuts')} width="wide">
      <div className="grid gap-x-8 gap-y-6 sm:grid-cols-2">
        {groups.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1 text-label font-medium text-text-3">{t(group.title)}</h3>
            <dl>
              {group.keys.map(([words, keys]) => (
                <div key={words} className="flex min-h-9 items-center justify-between gap-4 border-b border-line last:border-0">
                  <dt className="text-list">{t(words)}</dt>
                  <dd className="flex gap-1">{keys.map((key) => <Kbd key={key}>{key}</Kbd>)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="mt-5 border-t border-line pt-4">
        <Switch label={t('keys.single')} hint={t('keys.single.hint')} checked={enabled} onChange={setEnabled} />
      </div>
    </Dialog>
  );
}
