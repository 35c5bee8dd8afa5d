import { Readable } from 'node:stream';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../admission/admission.js';
import { readAfter, readFlag, readSessionId } from '../query.js';
import type { Query } from '../query.js';
import { HTTP_API } from '../settings.js';
import type { HttpApi } from '../settings.js';
import { eventStream } from '../stream/event-stream.js';
import { OpenStreams } from '../stream/open-streams.js';

type StreamRequest = FastifyRequest<{ Params: { uuid: string }; Querystring: Query }>;

/** What goes on while it is read: events and output of a session. */
@Controller('sessions/:uuid')
export class StreamsController {
  constructor(@Inject(HTTP_API) private readonly api: HttpApi, @Inject(OpenStreams) private readonly streams: OpenStreams, @Inject(Admission) private readonly admission: Admission) {}

  @Get('events')
  async events(@Req() request: StreamRequest, @Res() reply: FastifyReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    this.admission.read(requester);
    const id = readSessionId(request.params.uuid);
    const after = readAfter(request.query, [request.headers['last-event-id'] ?? []].flat()[0]);
    void reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-store').header('x-accel-buffering', 'no');
    if (request.method === 'HEAD') return this.onlyHead(reply, () => this.api.broker.session(id, requester));
    const signal = this.streams.signalFor(reply);
    const events = await this.api.broker.events(id, after, requester, signal);
    const { clock, log, options } = this.api;
    await reply.send(Readable.from(eventStream(events, { clock, log, signal, keepAlive: options.keepAlive }), { highWaterMark: 1 }));
  }

  @Get('logs')
  async logs(@Req() request: StreamRequest, @Res() reply: FastifyReply): Promise<void> {
    const requester = await this.api.requesterOf(request);
    this.admission.read(requester);
    const id = readSessionId(request.params.uuid);
    const follow = readFlag(request.query, 'follow');
    void reply.header('content-type', 'text/plain; charset=utf-8').header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    if (request.method === 'HEAD') return this.onlyHead(reply, () => this.api.broker.session(id, requester));
    const signal = this.streams.signalFor(reply);
    const pieces = await this.api.broker.logs(id, follow, requester, signal);
    await reply.send(Readable.from(untilAborted(pieces, signal), { highWaterMark: 1 }));
  }

  private async onlyHead(reply: FastifyReply, check: () => Promise<unknown>): Promise<void> {
    await check();
    await reply.send('');
  }
}

/** A source that throws because it was told to stop has simply ended. */
async function* untilAborted(pieces: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  try {
    for await (const piece of pieces) if (piece !== '') yield piece;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
