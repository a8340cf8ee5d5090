// What pages ask the server for, as hooks over one cache. Keys stand here only, so that what a change makes stale is
// known in one place.

import {
  infiniteQueryOptions, queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient, type QueryClient,
} from '@tanstack/react-query';
import type {
  AcceptInvite, ChannelList, ChannelView, Command, CommandAccepted, CreateChannel, CreateInvite, InstanceView,
  InviteAccepted, InvitePreview, InviteView, LiveNumbers, MediaToolsView, MemberView, Role, SessionView, SetupDone, SetupRequest, SignInRequest,
  SignUpRequest, VersionState, VideoList, VideoView,
} from '../protocol/types';
import { newId } from '../sync/ids';
import { api, ApiError, seg } from './client';

/** Faces and titles on the cards of home are asked for again after this, milliseconds. */
const HOME_FRESH_MS = 5_000;
/** Numbers of the instance are asked for again after this, milliseconds. */
const NUMBERS_FRESH_MS = 2_000;
/** Progress of videos that are being prepared is asked for again after this, milliseconds. */
const PROGRESS_FRESH_MS = 1_000;
/** A library in which nothing is being prepared, milliseconds: others may add to it. */
const LIBRARY_FRESH_MS = 15_000;

/** What was refused for good is not asked again by itself. */
const unlessRefused = (error: Error | null, everyMs: number): number | false =>
  error instanceof ApiError && !error.retryable ? false : everyMs;

/** Keys of the cache. */
export const keys = {
  instance: ['instance'] as const,
  mediaTools: ['instance', 'media'] as const,
  numbers: ['instance', 'numbers'] as const,
  session: ['session'] as const,
  channels: ['channels'] as const,
  channel: (channel: string) => ['channel', channel] as const,
  members: (channel: string) => ['channel', channel, 'members'] as const,
  invites: (channel: string) => ['channel', channel, 'invites'] as const,
  videos: (channel: string) => ['channel', channel, 'videos'] as const,
  invite: (token: string) => ['invite', token] as const,
};

/** What the instance says of itself. */
export const instanceQuery = queryOptions({
  queryKey: keys.instance,
  queryFn: ({ signal }) => api.get<InstanceView>('/instance', signal),
  staleTime: 60_000,
});
export const useInstance = () => useQuery(instanceQuery);

/** The tools of videos and their sandbox; for owners. */
export const useMediaTools = () => useQuery({
  queryKey: keys.mediaTools,
  queryFn: ({ signal }) => api.get<MediaToolsView>('/instance/media', signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What the instance is doing; for owners. */
export const useNumbers = () => useQuery({
  queryKey: keys.numbers,
  queryFn: ({ signal }) => api.get<LiveNumbers>('/instance/numbers', signal),
  refetchInterval: (query) => unlessRefused(query.state.error, NUMBERS_FRESH_MS),
});

/** Who is signed in. */
export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: async ({ signal }): Promise<SessionView> => {
    try {
      return await api.get<SessionView>('/session', signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return { person: null, email: null, instance_owner: false };
      throw error;
    }
  },
  staleTime: 60_000,
});
export const useSession = () => useQuery(sessionQuery);

/** Kept when the person changes: what is not theirs. */
const impersonal = new Set<unknown>([keys.session[0], keys.instance[0], 'invite']);

/** Begins afresh for another person: nothing that the one before saw stays in the cache. */
function enterAs(client: QueryClient, session: SessionView): void {
  client.setQueryData(keys.session, session);
  void client.resetQueries({ predicate: (query) => !impersonal.has(query.queryKey[0]) });
  void client.invalidateQueries({ queryKey: keys.instance });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SignInRequest) => api.post<SessionView>('/session', body),
    onSuccess: (session) => enterAs(client, session),
  });
}

export function useSignUp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SignUpRequest) => api.post<SessionView>('/users', body),
    onSuccess: (session) => enterAs(client, session),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete('/session'),
    onSuccess: () => enterAs(client, { person: null, email: null, instance_owner: false }),
  });
}

export function useSetup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SetupRequest) => api.post<SetupDone>('/setup', body),
    onSuccess: (done) => enterAs(client, done.session),
  });
}

/** Channels I am in and public ones, page by page. */
export const channelsQuery = infiniteQueryOptions({
  queryKey: keys.channels,
  queryFn: ({ pageParam, signal }) =>
    api.get<ChannelList>(pageParam === null ? '/channels' : `/channels?cursor=${seg(pageParam)}`, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: (query) => unlessRefused(query.state.error, HOME_FRESH_MS),
});
export const useChannels = () => useInfiniteQuery(channelsQuery);

/** One channel. */
export const channelQuery = (channel: string) => queryOptions({
  queryKey: keys.channel(channel),
  queryFn: ({ signal }) => api.get<ChannelView>(`/channels/${seg(channel)}`, signal),
});
export const useChannel = (channel: string) => useQuery(channelQuery(channel));

export function useCreateChannel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateChannel) => api.post<ChannelView>('/channels', body),
    onSuccess: (made) => {
      client.setQueryData(keys.channel(made.channel), made);
      return client.invalidateQueries({ queryKey: keys.channels });
    },
  });
}

export function useUpdateChannel(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateChannel) => api.patch<ChannelView | undefined>(`/channels/${seg(channel)}`, body),
    onSuccess: () => Promise.all([
      client.invalidateQueries({ queryKey: keys.channel(channel), exact: true }),
      client.invalidateQueries({ queryKey: keys.channels }),
    ]),
  });
}

/** Joining, leaving, deleting and putting back by the channel's id. */
export function useChannelStep(step: 'join' | 'leave' | 'delete' | 'restore') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (channel: string) =>
      step === 'delete' ? api.delete(`/channels/${seg(channel)}`) : api.post(`/channels/${seg(channel)}/${step}`),
    onSuccess: (_, channel) => {
      if (step === 'join' || step === 'restore') void client.invalidateQueries({ queryKey: keys.channel(channel) });
      else client.removeQueries({ queryKey: keys.channel(channel) });
      return client.invalidateQueries({ queryKey: keys.channels });
    },
  });
}

/** Lists come as an array or under one name. */
function listOf<T>(body: T[] | Record<string, unknown>, name: string): T[] {
  return Array.isArray(body) ? body : ((body[name] as T[] | undefined) ?? []);
}

/** Members of a channel. */
export const useMembers = (channel: string) => useQuery({
  queryKey: keys.members(channel),
  queryFn: async ({ signal }) =>
    listOf(await api.get<MemberView[]>(`/channels/${seg(channel)}/members`, signal), 'members'),
});

export function useSetRole(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ person, role }: { person: string; role: Role }) =>
      api.patch(`/channels/${seg(channel)}/members/${seg(person)}`, { role }),
    onMutate: async ({ person, role }) => {
      await client.cancelQueries({ queryKey: keys.members(channel) });
      const before = client.getQueryData<MemberView[]>(keys.members(channel));
      client.setQueryData<MemberView[]>(keys.members(channel), (members) =>
        members?.map((one) => (one.person === person ? { ...one, role } : one)));
      return { before };
    },
    onError: (_error, _wish, context) => client.setQueryData(keys.members(channel), context?.before),
    onSettled: () => client.invalidateQueries({ queryKey: keys.members(channel) }),
  });
}

export function useRemoveMember(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (person: string) => api.delete(`/channels/${seg(channel)}/members/${seg(person)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.members(channel) }),
  });
}

/** Invites of a channel that can still be used. */
export const useInvites = (channel: string, enabled: boolean) => useQuery({
  queryKey: keys.invites(channel),
  queryFn: async ({ signal }) =>
    listOf(await api.get<InviteView[]>(`/channels/${seg(channel)}/invites`, signal), 'invites'),
  enabled,
});

export function useCreateInvite(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateInvite) => api.post<InviteView>(`/channels/${seg(channel)}/invites`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.invites(channel) }),
  });
}

export function useWithdrawInvite(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (invite: string) => api.delete(`/channels/${seg(channel)}/invites/${seg(invite)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.invites(channel) }),
  });
}

/** The card of an invite. */
export const useInvitePreview = (token: string) => useQuery({
  queryKey: keys.invite(token),
  queryFn: ({ signal }) => api.get<InvitePreview>(`/invites/${seg(token)}`, signal),
  refetchInterval: (query) => unlessRefused(query.state.error, HOME_FRESH_MS),
});

export function useAcceptInvite(token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: AcceptInvite) => api.post<InviteAccepted>(`/invites/${seg(token)}/accept`, body),
    onSuccess: (accepted) => enterAs(client, accepted.session),
  });
}

const underWay: readonly VersionState[] = ['pending', 'uploading', 'uploaded', 'processing', 'playable'];

/** Whether a version is still being sent or prepared. */
export const isUnderWay = (state: VersionState): boolean => underWay.includes(state);

/** Videos of a channel, page by page; more often while something is being prepared. */
export const videosQuery = (channel: string) => infiniteQueryOptions({
  queryKey: keys.videos(channel),
  queryFn: ({ pageParam, signal }) =>
    api.get<VideoList>(
      `/channels/${seg(channel)}/videos${pageParam === null ? '' : `?cursor=${seg(pageParam)}`}`, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: (query) => {
    const videos = query.state.data?.pages.flatMap((page) => page.videos) ?? [];
    const waiting = videos.some((video) => video.versions.some((one) => isUnderWay(one.state)));
    return unlessRefused(query.state.error, waiting ? PROGRESS_FRESH_MS : LIBRARY_FRESH_MS);
  },
});
export const useVideos = (channel: string) => useInfiniteQuery(videosQuery(channel));

export function useRenameVideo(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ video, title }: { video: string; title: string }) => api.patch(`/videos/${seg(video)}`, { title }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.videos(channel) }),
  });
}

export function useDeleteVideo(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (video: string) => api.delete(`/videos/${seg(video)}`),
    onSettled: () => client.invalidateQueries({ queryKey: keys.videos(channel) }),
  });
}

/** Puts a removed video back, within a day. */
export function useRestoreVideo(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (video: string) => api.post<VideoView>(`/videos/${seg(video)}/restore`),
    onSettled: () => client.invalidateQueries({ queryKey: keys.videos(channel) }),
  });
}

export function useCancelVideo(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (video: string) => api.post<VideoView | undefined>(`/videos/${seg(video)}/cancel`),
    onSettled: () => client.invalidateQueries({ queryKey: keys.videos(channel) }),
  });
}

export function useRetryJob(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (job: string) => api.post(`/jobs/${seg(job)}/retry`),
    onSettled: () => client.invalidateQueries({ queryKey: keys.videos(channel) }),
  });
}

/** A command without a socket: for pages that are not live. */
export function useCommand(channel: string) {
  return useMutation({
    mutationFn: (command: Command) =>
      api.post<CommandAccepted>(`/channels/${seg(channel)}/commands`, { op: newId(), command }),
  });
}
