/** Configuration of notebooks: the image that serves them, and how it is reached. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';

const optional = Type.Optional;

export const notebookSchema = Type.Object({
  image: Type.String({ minLength: 1, description: 'image with a notebook server and /bin/cp' }),
  command: optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'words that start the server; {port}, {folder} and {notebook} are filled in, its token is in JUPYTER_TOKEN; jupyter lab' })),
  port: optional(Type.Integer({ minimum: 1024, maximum: 65_535, description: '8888' })),
  path: optional(Type.String({ pattern: '^/', description: "of the notebook's page; {notebook} and {token} are filled in; /lab/tree/{notebook}?token={token}" })),
  folder: optional(Type.String({ pattern: '^/[^{}]+$', description: 'where the notebook is put, and what is written beside it; also HOME; /notebooks' })),
  resolver: optional(Type.String({ minLength: 1, description: "name of the data resolver that fetches notebooks, under its rules for hosts; http" })),
}, { additionalProperties: false, description: 'sessions of kind jupyter-notebook; without it they are refused' });

export interface NotebookConfig {
  readonly image: string; readonly command: readonly string[]; readonly port: number; readonly path: string; readonly folder: string; readonly resolver: string;
}

const lab = ['jupyter', 'lab', '--ip=0.0.0.0', '--port={port}', '--no-browser', '--ServerApp.root_dir={folder}', '--ServerApp.allow_remote_access=True'];

export function notebookOf(given: Static<typeof notebookSchema> | undefined): NotebookConfig | undefined {
  return given && { command: lab, port: 8888, path: '/lab/tree/{notebook}?token={token}', folder: '/notebooks', resolver: 'http', ...given };
}
