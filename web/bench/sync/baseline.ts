// A server for the two usual designs of watching together, written for comparison only: it remembers whether the film plays
// and where, and tells everybody what changes. Which design it is depends on whether the page of the first client beats.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { sendFile } from '../../e2e/support/send-file';

export const DESIGNS = ['broadcast', 'heartbeat'] as const;
export type Design = (typeof DESIGNS)[number];

/** What is told of the film. */
interface State {
  playing: boolean;
  positionS: number;
}

export class Baseline {
  private readonly told = new Set<ServerResponse>();
  private state: State & { sinceMs: number } = { playing: false, positionS: 0, sinceMs: 0 };

  private constructor(
    private readonly server: Server,
    private readonly design: Design,
    private readonly clips: Record<string, string>,
  ) {}

  static async start(design: Design, clips: Record<string, string>): Promise<Baseline> {
    const server = createServer();
    const baseline = new Baseline(server, design, clips);
    server.on('request', (request, response) => { void baseline.answer(request, response); });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return baseline;
  }

  get base(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** Somebody pressed: from now on the film is there. */
  press(state: State): void {
    this.state = { ...state, sinceMs: performance.now() };
    this.tell('state', this.now());
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private now(): State {
    const { playing, positionS, sinceMs } = this.state;
    return { playing, positionS: playing ? positionS + (performance.now() - sinceMs) / 1_000 : positionS };
  }

  private tell(kind: 'state' | 'beat', value: object, to: Iterable<ServerResponse> = this.told): void {
    for (const response of to) response.write(`event: ${kind}\ndata: ${JSON.stringify(value)}\n\n`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const clip = this.clips[pathname];
    if (pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(readFileSync(path.join(import.meta.dirname, 'baseline-page.html')));
    } else if (pathname === '/ping') {
      response.writeHead(200, { 'cache-control': 'no-store' }).end('.');
    } else if (pathname === '/told') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      this.told.add(response);
      response.on('close', () => this.told.delete(response));
      this.tell('state', this.now(), [response]);
    } else if (pathname === '/beat') {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      response.writeHead(204).end();
      if (this.design === 'heartbeat') this.tell('beat', JSON.parse(body) as object);
    } else if (clip) {
      sendFile(clip, request, response);
    } else {
      response.writeHead(404).end();
    }
  }
}
