// Uploads in the top bar of every page: how many, how far, and what can be done with each.

import { Link } from '@tanstack/react-router';
import { ArrowUp, CircleAlert, CircleCheck } from 'lucide-react';
import { useEffect } from 'react';
import { useSession } from '@/api/queries';
import { t } from '@/i18n/t';
import { cx } from '@/ui/cx';
import { Icon } from '@/ui/icon';
import { Popover } from '@/ui/popover';
import { Poster } from '@/ui/poster';
import { Progress } from '@/ui/progress';
import { DuplicateChoice } from './DuplicateChoice';
import { isSoundName } from './files';
import { UploadActions } from './UploadActions';
import { takeUpUploads, useUploads } from './upload-engine';
import { isUnsent, type UploadItem } from './upload-item';
import { uploadWords } from './upload-words';

/** The button and its panel; nothing while there are no uploads. */
export function UploadTray() {
  const session = useSession();
  const items = useUploads((state) => state.items);
  const who = session.data ? (session.data.person?.person ?? null) : undefined;

  useEffect(() => {
    if (who !== undefined) void takeUpUploads(who);
  }, [who]);

  if (items.length === 0) return null;
  const unsent = items.filter(isUnsent);
  const failed = items.some((one) => one.state === 'failed');
  const total = unsent.reduce((sum, one) => sum + one.bytes, 0);
  const sent = unsent.reduce((sum, one) => sum + one.sent, 0);
  const share = total === 0 ? 1 : sent / total;
  const words = unsent.length > 0
    ? t('upload.tray', { count: unsent.length })
    : failed ? t('upload.tray.failed') : t('upload.tray.done');

  return (
    <Popover
      label={t('upload.tray.label')}
      trigger={
        <button
          type="button"
          aria-label={words}
          className="flex h-9 shrink-0 items-center gap-2 rounded-base px-2 text-meta font-medium text-text-2 tnum transition-colors hover:bg-surface-2 hover:text-text max-md:h-10"
        >
          <Ring share={share} done={unsent.length === 0} failed={failed} />
          {unsent.length > 0 && <span aria-hidden>{t('upload.percent', { percent: Math.floor(share * 100) })}</span>}
        </button>
      }
      className="w-96"
    >
      <h2 className="px-4 pt-3 pb-1 text-list font-semibold">{t('upload.tray.label')}</h2>
      <ul className="pb-2">
        {items.map((item) => <TrayRow key={item.id} item={item} />)}
      </ul>
    </Popover>
  );
}

function TrayRow({ item }: { item: UploadItem }) {
  const words = uploadWords(item);
  return (
    <li className="flex items-center gap-3 px-4 py-2">
      <Poster src={item.poster} sound={isSoundName(item.filename)} className="w-16 shrink-0 rounded-chip" />
      <div className="min-w-0 flex-1">
        <Link to="/channel/$channel/library" params={{ channel: item.channel }} className="cut block text-list font-medium hover:underline">{item.filename}</Link>
        <p className={cx('text-meta tnum', item.state === 'failed' ? 'text-bad' : 'text-text-2')}>{words}</p>
        <DuplicateChoice item={item} />
        {isUnsent(item) && item.state !== 'duplicate' && (
          <Progress
            label={item.filename}
            words={words}
            parts={[item.sent / Math.max(1, item.bytes)]}
            tone={item.state === 'sending' ? 'accent' : 'warn'}
            className="mt-1.5"
          />
        )}
      </div>
      <UploadActions item={item} />
    </li>
  );
}

const RADIUS = 8;
const ROUND = 2 * Math.PI * RADIUS;

function Ring({ share, done, failed }: { share: number; done: boolean; failed: boolean }) {
  if (done) return <Icon of={failed ? CircleAlert : CircleCheck} className={failed ? 'text-bad' : 'text-ok'} />;
  return (
    <span className="relative grid size-5 place-items-center">
      <svg viewBox="0 0 20 20" className="absolute inset-0 size-5 -rotate-90" aria-hidden>
        <circle cx="10" cy="10" r={RADIUS} fill="none" strokeWidth="2" className="stroke-surface-3" />
        <circle
          cx="10" cy="10" r={RADIUS} fill="none" strokeWidth="2" strokeLinecap="round"
          strokeDasharray={`${(share * ROUND).toFixed(2)} ${ROUND.toFixed(2)}`}
          className={failed ? 'stroke-bad' : 'stroke-accent'}
        />
      </svg>
      <ArrowUp size={10} strokeWidth={2.5} aria-hidden />
    </span>
  );
}
