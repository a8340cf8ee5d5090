// Where an upload stands, in words: "Uploading 42 %, 18 MB/s, 1 min left".

import { bytes, span } from '@/i18n/format';
import { t } from '@/i18n/t';
import { secondsLeft, type UploadItem } from './upload-item';

/** Share of the bytes that are sent, in whole per cent; 100 only when all are. */
export const percentOf = (item: UploadItem): number => Math.min(99, Math.floor((item.sent / Math.max(1, item.bytes)) * 100));

/** One line about an upload. */
export function uploadWords(item: UploadItem): string {
  const percent = percentOf(item);
  switch (item.state) {
    case 'waiting': return t('upload.waiting');
    case 'comparing': return item.reason ?? t('upload.comparing', { percent: 0 });
    case 'duplicate': return t('upload.duplicate', { title: item.same?.title ?? '' });
    case 'sending': {
      const left = secondsLeft(item);
      return item.rate === null || left === null
        ? t('upload.sending', { percent })
        : t('upload.sending.rate', { percent, rate: bytes(item.rate), left: span(left) });
    }
    case 'stalled': return item.reason ?? t('upload.stalled', { percent });
    case 'paused': return item.sent > 0 ? t('upload.paused.at', { percent }) : t('upload.paused');
    case 'needsFile': return item.hasHandle ? t('upload.needsPress') : t('upload.needsFile');
    case 'failed': return item.reason ?? t('error.unexpected');
    case 'sent': return item.same ? t('upload.sent.same', { title: item.same.title }) : t('upload.sent');
  }
}
