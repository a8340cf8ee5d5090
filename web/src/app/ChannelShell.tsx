// The frame of a channel's side pages (library, people): name, ways to the other pages, the same top bar.

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useChannel } from '@/api/queries';
import { t } from '@/i18n/t';
import { cx } from '@/ui/cx';
import { QueryError } from './QueryError';
import { Shell } from './Shell';

/** The pages of a channel. */
export type ChannelPageName = 'watch' | 'library' | 'people';

const pages = [
  { name: 'watch', to: '/channel/$channel', words: 'nav.watch' },
  { name: 'library', to: '/channel/$channel/library', words: 'nav.library' },
  { name: 'people', to: '/channel/$channel/people', words: 'nav.people' },
] as const;

/** Ways between the pages of a channel. */
export function ChannelNav({ channel, page }: { channel: string; page: ChannelPageName }) {
  return (
    <nav aria-label={t('nav.label')} className="flex h-full shrink-0 items-stretch gap-1">
      {pages.map((one) => (
        <Link
          key={one.name}
          to={one.to}
          params={{ channel }}
          aria-current={one.name === page ? 'page' : undefined}
          className={cx(
            'relative flex items-center rounded-chip px-2.5 text-list font-medium transition-colors focus-visible:-outline-offset-2 ',
            one.name === page
              ? 'text-text after:absolute after:inset-x-2 after:-bottom-px after:h-0.5 after:rounded-full after:bg-accent'
              : 'text-text-2 hover:text-text',
          )}
        >
          {t(one.words)}
        </Link>
      ))}
    </nav>
  );
}

/** A side page of a channel. */
export function ChannelShell({ channel, page, children }: { channel: string; page: 'library' | 'people'; children: ReactNode }) {
  const view = useChannel(channel);
  const name = view.data?.name ?? '';
  const title = page === 'library' ? t('library.titleOf', { channel: name }) : t('members.titleOf', { channel: name });
  return (
    <Shell
      title={name === '' ? t('channel.title') : title}
      // All at once, so that nothing moves when the name comes.
      start={!view.isPending && (
        <>
          <span className="cut min-w-0 text-body font-semibold">{name}</span>
          <span aria-hidden className="mx-1 h-4 w-px shrink-0 bg-line max-sm:hidden" />
          <div className="h-12 max-md:h-11 max-sm:hidden"><ChannelNav channel={channel} page={page} /></div>
        </>
      )}
    >
      <div className="-mx-4 -mt-6 mb-5 h-11 border-b border-line px-1.5 sm:hidden"><ChannelNav channel={channel} page={page} /></div>
      {view.isError && !view.data
        ? (
            <QueryError of={view} />
          )
        : children}
    </Shell>
  );
}
