// Who is writing. A line of fixed height, so that nothing moves.

import { t } from '@/i18n/t';
import { useChannelView, useMe } from '@/sync/channel-store-react';

/** The line. */
export function TypingLine() {
  const me = useMe();
  const names = useChannelView(({ presence }) => presence.people.filter(({ person, typing }) => typing && person !== me).map(({ name }) => name).join('\n'));
  const list = names === '' ? [] : names.split('\n');
  const [first, second] = list;
  return (
    <p role="status" className="flex h-5 items-center gap-1.5 px-4 text-label text-text-3">
      {first !== undefined && (
        <>
          <span aria-hidden className="flex gap-0.5">
            {[0, 1, 2].map((dot) => <i key={dot} className="size-1 animate-breathe rounded-full bg-text-3" style={{ animationDelay: `${dot * 200}ms` }} />)}
          </span>
          <span className="cut">
            {list.length > 2 ? t('chat.typing.many') : second !== undefined ? t('chat.typing.two', { first, second }) : t('chat.typing.one', { name: first })}
          </span>
        </>
      )}
    </p>
  );
}
