// Addresses of the page.

import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router';
import { ChannelPage } from '@/features/channel/ChannelPage';

const root = createRootRoute({ component: Outlet });

const channel = createRoute({
  getParentRoute: () => root,
  path: '/channel/$channel',
  component: function Channel() {
    return <ChannelPage channel={channel.useParams().channel} />;
  },
});

/** The router. */
export const router = createRouter({ routeTree: root.addChildren([channel]) });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
