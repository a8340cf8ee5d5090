// Where a version stands, in words and as two shares: sent by this page, prepared by the server.

import { explained } from '@/api/client';
import { clock } from '@/i18n/format';
import { t } from '@/i18n/t';
import { codeSentences } from '@/protocol/codes';
import type { VersionView } from '@/protocol/types';

/** How a state looks. */
export interface VersionStatus {
  words: string;
  tone: 'plain' | 'accent' | 'ok' | 'warn' | 'bad';
  /** Bars of work: one for sending, one for preparing. Null: nothing under way. */
  parts: readonly [number, number] | null;
}

/** Whether it has no moving picture of its own. */
export const isSound = (version: VersionView): boolean => version.facts !== null && version.facts.video_codec === null;

/** Prepared while it is still being sent. */
function onItsWay(version: VersionView, uploaded: number): VersionStatus {
  const plays = version.state === 'playable' && version.playable_s > 0;
  const percent = Math.floor(uploaded / 10);
  return {
    words: plays ? t('library.state.onItsWay', { percent, time: clock(version.playable_s) }) : t('library.state.uploading', { percent }),
    tone: plays ? 'ok' : 'accent',
    parts: [uploaded / 1000, version.permille / 1000],
  };
}

/** The state of a version for which this page has no upload of its own. */
export function versionStatus(version: VersionView): VersionStatus {
  const share = version.permille / 1000;
  const percent = Math.floor(version.permille / 10);
  if (version.uploaded_permille !== null && (version.state === 'processing' || version.state === 'playable')) return onItsWay(version, version.uploaded_permille);
  switch (version.state) {
    case 'pending': return { words: t('library.state.pending'), tone: 'plain', parts: [0, 0] };
    case 'uploading': return { words: t('library.state.uploading', { percent }), tone: 'accent', parts: [share, 0] };
    case 'uploaded': return { words: t('library.state.checking'), tone: 'accent', parts: [1, 0] };
    case 'processing': return { words: t('library.state.preparing', { percent }), tone: 'accent', parts: [1, share] };
    case 'playable': return { words: t('library.state.playable', { percent }), tone: 'ok', parts: [1, share] };
    case 'ready': return {
      words: isSound(version) ? t('library.state.readySound') : t('library.state.ready', { count: version.renditions.length }),
      tone: 'ok',
      parts: null,
    };
    case 'failed': return {
      words: version.failure
        ? t('error.withCode', {
            sentence: explained(version.failure.message, codeSentences[version.failure.code] ?? ''),
            code: String(version.failure.code),
          })
        : t('error.unexpected'),
      tone: 'bad',
      parts: null,
    };
    case 'cancelled': return { words: t('library.state.cancelled'), tone: 'plain', parts: null };
  }
}
