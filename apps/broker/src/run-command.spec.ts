import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.js';

const sh = (script: string, stdin?: string): ReturnType<typeof runCommand> => runCommand(['/bin/sh', '-c', script], stdin);

describe('a command of a platform', () => {
  it('is told by its code, its output and its complaints apart', async () => {
    expect(await sh('cat; echo complained >&2; exit 3', 'said é\n')).toEqual({ code: 3, stdout: 'said é\n', stderr: 'complained\n' });
  });
  it('is no failure when it ends without reading its input', async () => {
    expect(await sh('exit 0', 'x'.repeat(1_000_000))).toEqual({ code: 0, stdout: '', stderr: '' });
  });
  it('does not wait for another one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eb-command-'));
    const slow = sh(`mkfifo ${folder}/pipe; cat ${folder}/pipe`);
    expect(await sh(`while [ ! -p ${folder}/pipe ]; do :; done; echo awaited >${folder}/pipe`)).toMatchObject({ code: 0 });
    expect(await slow).toMatchObject({ stdout: 'awaited\n' });
    await rm(folder, { recursive: true });
  });
  it('that can not be started tells why', async () => {
    await expect(runCommand(['/nonexistent/command'])).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(runCommand(['/bin/echo', 'a\0b'])).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  });
  it('that was killed, or says more than anybody can read, has no answer', async () => {
    await expect(sh('kill -9 $$')).rejects.toThrow(/Command failed/);
    await expect(sh('head -c 70000000 /dev/zero')).rejects.toMatchObject({ code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' });
  });
  it('that takes longer than it may is ended with all that it started, and has no answer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eb-command-'));
    const slow = runCommand(['/bin/sh', '-c', `sh -c 'echo $$ >${folder}/pid; while :; do read -r line </dev/zero; done' & wait`], undefined, 400);
    await expect(slow).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const left = await sh(`while kill -0 "$(cat ${folder}/pid)" 2>/dev/null && ! grep -q '^State:.Z' /proc/"$(cat ${folder}/pid)"/status 2>/dev/null; do :; done; echo none`);
    expect(left.stdout).toBe('none\n');
    await rm(folder, { recursive: true });
  });
  it('has no answer when what starts commands is killed, and the next one is run all the same', async () => {
    await expect(sh('kill -9 $PPID; sleep 1')).rejects.toThrow('the launcher of commands has ended');
    expect(await sh('echo again')).toMatchObject({ stdout: 'again\n' });
  });
  it('does not keep a program from its end', async () => {
    const program = "const { runCommand } = await import('./apps/broker/src/run-command.ts'); process.stdout.write((await runCommand(['echo', 'over'])).stdout);";
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program]);
    expect(stdout).toBe('over\n');
  });
});
