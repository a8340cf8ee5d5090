// Everybody's error, delay and buffer, behind the sync badge.

import { t } from '@/i18n/t';
import { useChannelView, useMe } from '@/sync/channel-store-react';
import { Button } from '@/ui/button';
import { Face } from '@/ui/face';
import { usePeopleColors } from '@/ui/people-context';
import { OwnOffset } from './OwnOffset';
import { usePlayer } from './player-context';

/** The table. */
export function SyncPanel() {
  const player = usePlayer();
  const people = useChannelView((view) => view.presence.people);
  const me = useMe();
  const colors = usePeopleColors();
  return (
    <div className="p-3">
      <div className="mb-2 flex items-start justify-between gap-3">
        <p className="text-meta text-text-2">{t('sync.explain')}</p>
        <Button size="dense" onClick={() => player.resync()}>{t('sync.resync')}</Button>
      </div>
      <table className="w-full text-left text-meta">
        <thead className="text-label text-text-3">
          <tr>
            <th scope="col" className="py-1 font-medium">{t('sync.person')}</th>
            <th scope="col" className="py-1 text-right font-medium">{t('sync.error')}</th>
            <th scope="col" className="py-1 text-right font-medium">{t('sync.delay')}</th>
            <th scope="col" className="py-1 text-right font-medium">{t('sync.buffer')}</th>
          </tr>
        </thead>
        <tbody>
          {people.map(({ person, name, sync }) => (
            <tr key={person} className="border-t border-line">
              <th scope="row" className="max-w-36 py-1.5 font-normal">
                <span className="flex items-center gap-2">
                  <Face of={{ person, name }} size={20} color={colors.get(person)} named />
                  <span className="cut">{person === me ? `${name} (${t('people.me')})` : name}</span>
                </span>
              </th>
              {sync && sync.status !== 'idle' ? (
                <>
                  <td className="text-right tnum">{t('sync.ms', { ms: signed(sync.error_us / 1_000) })}</td>
                  <td className="text-right tnum">{t('sync.ms', { ms: (sync.rtt_us / 2_000).toFixed(1) })}</td>
                  <td className="text-right tnum">{t('sync.s', { s: (sync.buffered_ms / 1_000).toFixed(0) })}</td>
                </>
              ) : (
                <td colSpan={3} className="text-right text-text-3">{t('sync.none')}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <OwnOffset />
    </div>
  );
}

function signed(ms: number): string {
  const text = Math.abs(ms).toFixed(1);
  return ms >= 0 ? `+${text}` : `−${text}`;
}
