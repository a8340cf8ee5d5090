// The people tab: who is here and how they watch, then who else belongs to the channel.

import { CloudOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n/t';
import type { Member, PresentPerson, SyncReport } from '@/protocol/types';
import { useChannelView, useMe } from '@/sync/channel-store-react';
import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { Face } from '@/ui/face';
import { Icon } from '@/ui/icon';
import { usePersonColor } from '@/ui/people-context';

/** Members who are not here are listed up to this number; the page of people has them all. */
const ELSEWHERE_MAX = 100;

/** The panel. `invite` stands where nobody else is here. */
export function PeoplePanel({ invite }: { invite: ReactNode }) {
  const me = useMe();
  const people = useChannelView((view) => view.presence.people);
  const count = useChannelView((view) => view.presence.count);
  const members = useChannelView((view) => view.state?.members);
  const presenter = useChannelView(({ state }) => (state?.control === 'presenter' ? state.presenter : null));
  const here = new Set(people.map(({ person }) => person));
  const elsewhere = (members ?? []).filter(({ person }) => !here.has(person));
  const shown = [...people].sort((a, b) => Number(b.person === me) - Number(a.person === me));

  return (
    <div className="h-full overflow-y-auto py-2">
      <Heading words={t('people.here')} count={Math.max(count, people.length)} />
      <ul>
        {shown.map((person) => <Here key={person.person} person={person} me={person.person === me} presents={person.person === presenter} />)}
      </ul>
      {count > people.length && <p className="px-4 py-1.5 text-meta text-text-3">{t('people.more', { count: count - people.length })}</p>}
      {people.length === 1 && (
        <div className="mx-4 mt-2 flex flex-col items-start gap-2.5 rounded-base bg-surface-2 p-3">
          <p className="text-list text-text-2">{t('people.alone')}</p>
          {invite}
        </div>
      )}
      {elsewhere.length > 0 && (
        <>
          <Heading words={t('people.elsewhere')} count={elsewhere.length} />
          <ul>
            {elsewhere.slice(0, ELSEWHERE_MAX).map((member) => <Elsewhere key={member.person} member={member} />)}
          </ul>
          {elsewhere.length > ELSEWHERE_MAX && <p className="px-4 py-1.5 text-meta text-text-3">{t('people.more', { count: elsewhere.length - ELSEWHERE_MAX })}</p>}
        </>
      )}
    </div>
  );
}

function Heading({ words, count }: { words: string; count: number }) {
  return (
    <h2 className="flex items-center gap-1.5 px-4 pt-3 pb-1.5 text-label font-medium text-text-3">
      {words}
      <span className="tnum">{count}</span>
    </h2>
  );
}

function Here({ person, me, presents }: { person: PresentPerson; me: boolean; presents: boolean }) {
  const color = usePersonColor(person.person);
  const sync = person.sync && syncWords(person.sync);
  return (
    <li className="flex min-h-12 items-center gap-3 px-4 py-1.5">
      <span className="relative">
        <Face of={person} size={32} color={color} named className={person.state === 'here' ? '' : 'saturate-50'} />
        <Dot state={person.state} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-1.5">
          <span className="cut text-list font-medium">{person.name}</span>
          {me && <span className="shrink-0 text-meta text-text-3">{t('people.me')}</span>}
        </p>
        <p className="cut text-meta text-text-3">
          {presents ? t('people.presenter') : t(`role.${person.role}`)}
          {person.state !== 'here' && <> · {t(`people.state.${person.state}`)}</>}
        </p>
      </div>
      {sync && person.state !== 'reconnecting' && <Badge tone={sync.tone}>{sync.words}</Badge>}
    </li>
  );
}

/** Filled dot here, hollow away, crossed cloud offline. */
function Dot({ state }: { state: PresentPerson['state'] }) {
  const words = t(`people.state.${state}`);
  if (state === 'reconnecting') {
    return (
      <span role="img" aria-label={words} className="absolute -right-1.5 -bottom-1 grid size-4 place-items-center rounded-full bg-surface-1 text-warn">
        <Icon of={CloudOff} size={16} className="size-3" />
      </span>
    );
  }
  return (
    <span
      role="img"
      aria-label={words}
      className={cx('absolute -right-0.5 -bottom-0.5 size-2.5 rounded-full ring-2 ring-surface-1', state === 'here' ? 'bg-ok' : 'border-2 border-text-3 bg-surface-1')}
    />
  );
}

function syncWords(sync: SyncReport): { words: string; tone: 'ok' | 'plain' | 'warn' | 'accent' } | null {
  switch (sync.status) {
    case 'locked':
      return { words: t('people.sync.locked'), tone: 'ok' };
    case 'adjusting': {
      const ms = Math.round(Math.abs(sync.error_us) / 1_000);
      return { words: ms > 0 && ms < 10_000 ? t('people.sync.error', { ms }) : t('people.sync.adjusting'), tone: 'plain' };
    }
    case 'buffering':
      return { words: t('people.sync.buffering'), tone: 'warn' };
    case 'preparing':
      return { words: t('people.sync.preparing'), tone: 'warn' };
    case 'gesture':
      return { words: t('people.sync.gesture'), tone: 'plain' };
    case 'own':
      return { words: t('people.sync.own'), tone: 'accent' };
    case 'idle':
      return null;
  }
}

function Elsewhere({ member }: { member: Member }) {
  const color = usePersonColor(member.person);
  return (
    <li className="flex min-h-10 items-center gap-3 px-4 py-1">
      <Face of={member} size={32} color={color} named className="grayscale" />
      <div className="min-w-0 flex-1">
        <p className="cut text-list text-text-2">{member.name}</p>
        <p className="text-meta text-text-3">{t(`role.${member.role}`)}</p>
      </div>
    </li>
  );
}
