// One video of the library, as a card or a row: picture, title, where it stands, what can be done.

import { Play, RotateCw } from 'lucide-react';
import { mayTakePart } from '@/api/rights';
import { ago, bytes, clock } from '@/i18n/format';
import { t } from '@/i18n/t';
import type { Role } from '@/protocol/types';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Progress } from '@/ui/progress';
import { isSoundName } from '../upload/files';
import { DuplicateChoice } from '../upload/DuplicateChoice';
import { LocalPlay } from '../upload/LocalPlay';
import { isUnsent, type UploadItem } from '../upload/upload-item';
import { UploadActions } from '../upload/UploadActions';
import { uploadWords } from '../upload/upload-words';
import { watchable, type LibraryEntry } from './library-entries';
import { ScrubThumb } from './ScrubThumb';
import type { VideoActions } from './use-video-actions';
import { isSound, versionStatus, type VersionStatus } from './version-words';
import { VideoMenu } from './VideoMenu';

/** Grid or list. */
export type LibraryLook = 'grid' | 'list';

function uploadStatus(upload: UploadItem): VersionStatus {
  const calm = upload.state === 'sending' || upload.state === 'waiting' || upload.state === 'comparing' || upload.state === 'duplicate';
  return {
    words: uploadWords(upload),
    tone: upload.state === 'failed' ? 'bad' : calm ? 'accent' : 'warn',
    parts: upload.state === 'failed' || upload.state === 'duplicate' ? null : [upload.sent / Math.max(1, upload.bytes), 0],
  };
}

const inks = { plain: 'text-text-2', accent: 'text-text-2', ok: 'text-text-2', warn: 'text-warn', bad: 'text-bad' } as const;

/** A card or a row. */
export function LibraryCard({ entry, look, role, me, actions }: {
  entry: LibraryEntry;
  look: LibraryLook;
  role: Role | null;
  me: string | null;
  actions: VideoActions;
}) {
  const video = entry.kind === 'video' ? entry.video : null;
  const version = entry.kind === 'video' ? entry.version : null;
  // What this page sends is known here first and best.
  const upload = entry.upload && (isUnsent(entry.upload) || (entry.upload.state === 'failed' && (version === null || version.state === 'uploading' || version.state === 'pending'))) ? entry.upload : null;
  const status = upload ? uploadStatus(upload) : versionStatus(version!);
  const title = video?.title ?? entry.upload!.filename;
  const playable = video ? watchable(video) : undefined;
  const hasPicture = version !== null && version.facts !== null;
  const canWatch = video !== null && playable !== undefined && mayTakePart(role);
  const retry = version?.failure?.retry ?? null;
  const about = version === null || upload
    ? bytes(entry.upload?.bytes ?? version?.bytes ?? 0)
    : [
        look === 'list' && version.facts !== null && clock(version.facts.duration_ms / 1000),
        video?.added_by?.name,
        ago(video!.added_at / 1000),
      ].filter(Boolean).join(' · ');

  // Whoever sends it plays the file here; what opens on that must not close when the server can play it too.
  const watch = canWatch && !upload && (
    <button
      type="button"
      aria-label={t('library.watchOf', { title })}
      onClick={() => actions.play(video)}
      className={cx(
        'absolute inset-0 grid place-items-center text-white focus-visible:-outline-offset-2',
        '*:opacity-0 hover:*:opacity-100 focus-visible:*:opacity-100 pointer-coarse:*:opacity-100',
      )}
    >
      <span className={cx('grid place-items-center rounded-full bg-over-picture transition-opacity', look === 'list' ? 'size-8' : 'size-11')}><Play size={20} fill="currentColor" strokeWidth={1.75} aria-hidden className="ml-0.5" /></span>
    </button>
  );
  const picture = (
    <ScrubThumb
      version={hasPicture ? version.version : null}
      posterFrame={version?.poster_frame ?? null}
      local={entry.upload?.poster ?? null}
      sound={version?.facts ? isSound(version) : isSoundName(version?.filename ?? entry.upload?.filename ?? '')}
      durationMs={version?.facts?.duration_ms ?? null}
      scrubs={playable !== undefined}
      ready={version?.state === 'ready'}
      dense={look === 'list'}
    >
      {watch}
      {upload && <LocalPlay item={upload} dense={look === 'list'} />}
    </ScrubThumb>
  );
  const state = (
    <>
      <p className={cx('text-meta tnum', inks[status.tone])} title={status.words}>{status.words}</p>
      {status.parts && (
        <Progress label={title} words={status.words} parts={status.parts} tone={status.tone === 'warn' ? 'warn' : status.tone === 'ok' ? 'ok' : 'accent'} className="mt-2" />
      )}
      {upload && <DuplicateChoice item={upload} />}
    </>
  );
  const buttons = (
    <>
      {upload && <UploadActions item={upload} />}
      {!upload && retry !== null && <Button size="dense" icon={RotateCw} onClick={() => actions.retry(retry)}>{t('action.retry')}</Button>}
      {!upload && video && <VideoMenu video={video} role={role} me={me} actions={actions} />}
    </>
  );
  // Said in words too while it is still being sent or prepared; later the picture is enough.
  const soon = version?.state === 'playable' && canWatch && (
    <Button size="dense" kind="secondary" icon={Play} onClick={() => actions.play(video)}>{t('library.watch')}</Button>
  );

  if (look === 'list') {
    return (
      <article className="flex min-h-20 items-center gap-4 px-4 py-2.5 max-sm:gap-3 max-sm:px-3">
        <div className="w-28 shrink-0 overflow-hidden rounded-base max-sm:w-24">{picture}</div>
        <div className="min-w-0 flex-1">
          <h2 className="cut text-body font-medium">{title}</h2>
          <p className="cut text-meta text-text-3">{about}</p>
          <div className="sm:hidden">{state}</div>
        </div>
        <div className="w-60 shrink-0 max-sm:hidden">{state}</div>
        <div className="flex items-center gap-1">{soon}{buttons}</div>
      </article>
    );
  }
  return (
    <article className="flex h-full flex-col overflow-hidden rounded-card bg-surface-1 shadow-card">
      {picture}
      <div className="flex flex-1 flex-col px-4 pt-3 pb-4">
        <div className="mb-1 flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <h2 className="cut text-body font-medium" title={title}>{title}</h2>
            <p className="cut text-meta text-text-3">{about}</p>
          </div>
          <div className="-mt-1 -mr-2 flex items-center gap-1">{soon}{buttons}</div>
        </div>
        {state}
      </div>
    </article>
  );
}
