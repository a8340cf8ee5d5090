// What is shown in place of something that could not be fetched.

import { ApiError, sentenceOf } from '@/api/client';
import { ErrorState } from '@/ui/states';

/** Why a query failed, with a button that asks again. `level`: of its title, where that is the page's heading. */
export function QueryError({ of, level }: { of: { error: Error | null; refetch: () => unknown }; level?: 'h1' }) {
  return (
    <ErrorState
      {...(level && { level })}
      offline={of.error instanceof ApiError && of.error.offline}
      text={sentenceOf(of.error)}
      onRetry={() => void of.refetch()}
    />
  );
}
