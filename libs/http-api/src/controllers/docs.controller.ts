import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { documentText, loadDocument } from '#openapi';

/** Swagger UI ships with @nestjs/swagger; its own set-up would need a static file server for these two files. */
const ownRequire = createRequire(import.meta.url);
const uiRequire = createRequire(ownRequire.resolve('@nestjs/swagger'));

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>execution-broker</title><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body>
</html>
`;
const start = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#ui', deepLinking: true, tryItOutEnabled: true });\n`;

/** Our OpenAPI document, as it is and as Swagger UI. */
@Controller()
export class DocsController {
  @Get('openapi.yaml')
  async asYaml(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', 'application/yaml; charset=utf-8').send(documentText());
  }

  @Get('openapi.json')
  async asJson(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(loadDocument()));
  }

  @Get('docs')
  async ui(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', 'text/html; charset=utf-8').send(page);
  }

  @Get('docs/start.js')
  async start(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', 'text/javascript; charset=utf-8').send(start);
  }

  @Get('docs/swagger-ui.css')
  async style(@Res() reply: FastifyReply): Promise<void> {
    await sendAsset(reply, 'swagger-ui.css', 'text/css');
  }

  @Get('docs/swagger-ui-bundle.js')
  async script(@Res() reply: FastifyReply): Promise<void> {
    await sendAsset(reply, 'swagger-ui-bundle.js', 'text/javascript');
  }
}

async function sendAsset(reply: FastifyReply, file: string, type: string): Promise<void> {
  const bytes = await readFile(uiRequire.resolve(`swagger-ui-dist/${file}`));
  await reply.header('content-type', `${type}; charset=utf-8`).header('cache-control', 'public, max-age=86400').send(bytes);
}
