// Pages for people who are signed in. Nobody signed in: to sign-in, and back here after; no owner yet: how to begin.

import { Navigate, useRouter } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useInstance, useSession } from '@/api/queries';
import { QueryError } from './QueryError';

/** Shows its children to people who are signed in. */
export function RequireSession({ children }: { children: ReactNode }) {
  const session = useSession();
  const instance = useInstance();
  const router = useRouter();
  // As it was on entry: while the redirect is under way the location is the sign-in page's already, and following it
  // would redirect to itself without end.
  const [href] = useState(() => router.state.location.href);
  if (session.data?.person) return children;
  if (session.data) {
    if (instance.isPending) return null;
    if (instance.data?.setup_needed) return <Navigate to="/setup" replace />;
    return <Navigate to="/sign-in" search={href === '/' ? {} : { next: href }} replace />;
  }
  if (session.isError) {
    return (
      <main className="grid min-h-dvh place-items-center">
        <QueryError of={session} level="h1" />
      </main>
    );
  }
  return null;
}
