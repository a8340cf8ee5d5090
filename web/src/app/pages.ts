// The pages, each fetched when it is first opened, or before (preload.ts).

import { lazyRouteComponent } from '@tanstack/react-router';

export const HomePage = lazyRouteComponent(() => import('@/features/home/HomePage'), 'HomePage');
export const SetupPage = lazyRouteComponent(() => import('@/features/auth/SetupPage'), 'SetupPage');
export const SignInPage = lazyRouteComponent(() => import('@/features/auth/SignInPage'), 'SignInPage');
export const SignUpPage = lazyRouteComponent(() => import('@/features/auth/SignUpPage'), 'SignUpPage');
export const InvitePage = lazyRouteComponent(() => import('@/features/invite/InvitePage'), 'InvitePage');
export const ChannelPage = lazyRouteComponent(() => import('@/features/channel/ChannelPage'), 'ChannelPage');
export const LibraryPage = lazyRouteComponent(() => import('@/features/library/LibraryPage'), 'LibraryPage');
export const PeoplePage = lazyRouteComponent(() => import('@/features/members/PeoplePage'), 'PeoplePage');
export const JobsPage = lazyRouteComponent(() => import('@/features/jobs/JobsPage'), 'JobsPage');
export const NumbersPage = lazyRouteComponent(() => import('@/features/numbers/NumbersPage'), 'NumbersPage');
export const AccountPage = lazyRouteComponent(() => import('@/features/settings/AccountPage'), 'AccountPage');
