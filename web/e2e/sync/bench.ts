// A bare server for the harness page: the page's modules, a clip, and the time. Its clock is the test's own, so the
// timeline's true position is known to the test without asking anybody.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build, type Rolldown } from 'vite';
import { sendFile } from '../support/send-file';

/** Server time when the test's performance.now was 0, microseconds. */
export const EPOCH_US = 1_790_000_000_000_000;

export const serverUs = (): number => EPOCH_US + Math.round(performance.now() * 1000);

const PAGE = `<!doctype html><meta charset="utf-8"><title>Sync harness</title>
<body style="margin:0;background:black"><video id="stage" width="640" height="360" playsinline></video>
<script type="module" src="/harness.js"></script>`;

export class Bench {
  private constructor(private readonly server: Server) {}

  static async start(clips: Record<string, string>): Promise<Bench> {
    const script = await bundle();
    const server = createServer((request, response) => {
      const receivedUs = serverUs();
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const send = (type: string, body: string) => {
        response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(body);
      };
      const clip = clips[pathname];
      if (pathname === '/time') send('application/json', JSON.stringify([receivedUs, serverUs()]));
      else if (pathname === '/') send('text/html', PAGE);
      else if (pathname === '/harness.js') send('text/javascript', script);
      else if (clip) sendFile(clip, request, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Bench(server);
  }

  get base(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The harness with the page's own modules, as one script. */
async function bundle(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: path.resolve(import.meta.dirname, 'harness.ts'), formats: ['es'], fileName: 'harness' },
    },
  })) as Rolldown.RolldownOutput[];
  return built[0]!.output[0].code;
}
