// The permanent sign that the operator lets strangers' files be prepared without the whole sandbox.

import { ShieldAlert } from 'lucide-react';
import { useInstance } from '@/api/queries';
import { t } from '@/i18n/t';
import { Badge } from '@/ui/badge';
import { Tooltip } from '@/ui/tooltip';

/** In the top bar of every page, as long as it is so. */
export function UnshieldedNotice() {
  const { data } = useInstance();
  if (!data?.media_notice) return null;
  return (
    <Tooltip words={data.media_notice}>
      <button type="button" aria-label={data.media_notice} className="grid h-7 min-w-7 place-items-center rounded-chip">
        <Badge tone="warn" icon={ShieldAlert} className="max-md:h-7 max-md:px-2.5">
          <span className="max-md:hidden">{t('app.unshielded.short')}</span>
        </Badge>
      </button>
    </Tooltip>
  );
}
