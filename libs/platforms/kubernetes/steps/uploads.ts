/** Commands in pods by web socket, as kubectl exec does it. */
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import type { V1Status } from '@kubernetes/client-node';
import { BrokerError, reason } from '#model';
import type { Connection } from '../api/connection.js';
import { Unreachable } from '../api/native-fault.js';
import type { Uploads } from './stager.js';

export class ExecUploads implements Uploads {
  constructor(private readonly connection: Connection, private readonly namespace: string) {}

  async run(pod: string, argv: readonly string[], input?: Readable): Promise<string> {
    const library = await import('@kubernetes/client-node');
    const exec = new library.Exec(await this.connection.kubeConfig());
    const [out, err] = [new PassThrough(), new PassThrough()];
    const said = Promise.all([textOf(out), textOf(err)]);
    const status = await new Promise<V1Status>((resolve, reject) => {
      exec.exec(this.namespace, pod, '', [...argv], out, err, input ?? null, false, resolve).then((socket) => {
        socket.onerror = (event: { readonly message: string }) => { reject(new Unreachable(new Error(event.message))); };
        socket.onclose = () => { reject(new Unreachable(new Error('the connection to the pod broke off'))); };
      }, reject);
    });
    out.end();
    err.end();
    const [printed, complained] = await said;
    if (status.status === 'Success') return printed;
    throw new BrokerError('unavailable', 'operator', [reason('staging-failed', 'a command in the pod {pod} failed: {said}', { pod, said: complained || (status.message ?? '') }, { level: 'ERROR' })]);
  }
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}
