// Addresses of the page.

import {
  createRootRoute, createRoute, createRouter, Outlet, parseSearchWith, stringifySearchWith,
} from '@tanstack/react-router';
import { jobFilterOf, type JobFilter } from '@/features/jobs/job-words';
import { Crashed, NotFound } from './NotFound';
import {
  AccountPage, ChannelPage, HomePage, InvitePage, JobsPage, LibraryPage, NumbersPage, PeoplePage, SetupPage, SignInPage,
  SignUpPage,
} from './pages';
import { opening, openingChannel } from './opening';
import { RequireSession } from './RequireSession';
import { ShortcutSheet } from './ShortcutSheet';

const words = (search: Record<string, unknown>, name: string): string | null => {
  const value = search[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** Only a path of this page: an address elsewhere in `next` is never followed. */
export const ownPath = (next: string | null): string | null =>
  next !== null && /^\/(?![/\\])/.test(next) ? next : null;

const root = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <ShortcutSheet />
    </>
  ),
  notFoundComponent: NotFound,
  errorComponent: Crashed,
});


const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  loader: () => opening(HomePage),
  component: () => <RequireSession><HomePage /></RequireSession>,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  loader: () => opening(SetupPage),
  validateSearch: (search: Record<string, unknown>): { token?: string } => {
    const token = words(search, 'token');
    return token === null ? {} : { token };
  },
  component: function Setup() {
    return <SetupPage token={setup.useSearch().token ?? null} />;
  },
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  loader: () => opening(SignInPage),
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = ownPath(words(search, 'next'));
    return next === null ? {} : { next };
  },
  component: function SignIn() {
    return <SignInPage next={signIn.useSearch().next ?? null} />;
  },
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  loader: () => opening(SignUpPage),
  validateSearch: (search: Record<string, unknown>): { invite?: string; next?: string } => {
    const invite = words(search, 'invite');
    const next = ownPath(words(search, 'next'));
    return { ...(invite === null ? {} : { invite }), ...(next === null ? {} : { next }) };
  },
  component: function SignUp() {
    const { invite, next } = signUp.useSearch();
    return <SignUpPage invite={invite ?? null} next={next ?? null} />;
  },
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite/$token',
  loader: () => opening(InvitePage),
  component: function Invite() {
    return <InvitePage token={invite.useParams().token} />;
  },
});

const channel = createRoute({
  getParentRoute: () => root,
  path: '/channel/$channel',
  loader: openingChannel,
  component: function Channel() {
    const id = channel.useParams().channel;
    return <RequireSession><ChannelPage key={id} channel={id} /></RequireSession>;
  },
});

const library = createRoute({
  getParentRoute: () => root,
  path: '/channel/$channel/library',
  loader: () => opening(LibraryPage),
  component: function Library() {
    const id = library.useParams().channel;
    return <RequireSession><LibraryPage key={id} channel={id} /></RequireSession>;
  },
});

const people = createRoute({
  getParentRoute: () => root,
  path: '/channel/$channel/people',
  loader: () => opening(PeoplePage),
  component: function People() {
    const id = people.useParams().channel;
    return <RequireSession><PeoplePage key={id} channel={id} /></RequireSession>;
  },
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  loader: () => opening(AccountPage),
  component: () => <RequireSession><AccountPage /></RequireSession>,
});

const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  loader: () => opening(JobsPage),
  validateSearch: (search: Record<string, unknown>): { state?: JobFilter } => {
    const state = jobFilterOf(words(search, 'state'));
    return state === 'running' ? {} : { state };
  },
  component: function Jobs() {
    return <RequireSession><JobsPage filter={jobs.useSearch().state ?? 'running'} /></RequireSession>;
  },
});

const numbers = createRoute({
  getParentRoute: () => root,
  path: '/numbers',
  loader: () => opening(NumbersPage),
  component: () => <RequireSession><NumbersPage /></RequireSession>,
});

/** The router. */
export const router = createRouter({
  routeTree: root.addChildren([home, setup, signIn, signUp, invite, channel, library, people, account, jobs, numbers]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  // Values stay the words they are: a token that looks like a number must not become one.
  parseSearch: parseSearchWith((value) => value),
  stringifySearch: stringifySearchWith(String),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
