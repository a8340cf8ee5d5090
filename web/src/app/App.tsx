// Providers around the routes.

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { ToastRoot } from '@/ui/toast';
import { TooltipRoot } from '@/ui/tooltip';
import { queryClient } from '../api/query-client';
import { router } from './routes';

/** The whole page. */
export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <TooltipRoot>
        <ToastRoot>
          <RouterProvider router={router} />
        </ToastRoot>
      </TooltipRoot>
    </QueryClientProvider>
  );
}
