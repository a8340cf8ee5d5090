// Signing out, from wherever it is offered.

import { useNavigate } from '@tanstack/react-router';
import { sentenceOf } from '@/api/client';
import { useSignOut } from '@/api/queries';
import { toast } from '@/ui/toast';

/** Signs out and shows the page to sign in; `busy` meanwhile. */
export function useLeave(): { leave: () => void; busy: boolean } {
  const signOut = useSignOut();
  const navigate = useNavigate();
  const leave = () => signOut.mutate(undefined, {
    onSuccess: () => void navigate({ to: '/sign-in' }),
    onError: (error) => toast({ kind: 'bad', words: sentenceOf(error) }),
  });
  return { leave, busy: signOut.isPending };
}
