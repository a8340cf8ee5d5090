// The title of the browser's tab.

import { useEffect } from 'react';
import { t } from '@/i18n/t';

/** Sets `document.title` while the page is shown. */
export function useTitle(page: string): void {
  useEffect(() => {
    document.title = t('app.title', { page });
  }, [page]);
}
