import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Answers that are still being written. They end when their client goes away or the application closes. */
@Injectable()
export class OpenStreams implements BeforeApplicationShutdown {
  private readonly controllers = new Set<AbortController>();
  private closing = false;

  /** A signal that aborts when the work for this answer should stop. */
  signalFor(reply: FastifyReply): AbortSignal {
    const controller = new AbortController();
    if (this.closing) controller.abort(new Error('the node is closing'));
    this.controllers.add(controller);
    reply.raw.once('close', () => {
      this.controllers.delete(controller);
      controller.abort(new Error('the client is gone'));
    });
    return controller.signal;
  }

  /** Ends every open stream, for they would keep the server from closing. */
  endAll(): void {
    this.closing = true;
    for (const controller of this.controllers) controller.abort(new Error('the node is closing'));
  }

  beforeApplicationShutdown(): void {
    this.endAll();
  }
}
