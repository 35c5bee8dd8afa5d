import { Controller, Delete, Get, HttpCode, Inject, Req } from '@nestjs/common';
import { formatInstant, hasScope } from '#model';
import type { KeptStorage, KeptStorages, Requester, Scope } from '#model';
import type { Schemas } from '#openapi';
import type { FastifyRequest } from 'fastify';
import { admit } from './gate.js';
import { insufficientScope } from '../refused.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

type NamedRequest = FastifyRequest<{ Params: { name: string } }>;
type IdentifiedRequest = FastifyRequest<{ Params: { id: string } }>;

/** What one keeps oneself; a request makes it, by the kind persistent-storage. */
@Controller('storage')
export class KeptStorageController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<Schemas['KeptStorageList']> {
    const owner = await this.owner(request, 'compute.read');
    return { storage: (await storages(this.access).list(owner)).map(present) };
  }

  @Delete(':name')
  @HttpCode(204)
  async remove(@Req() request: NamedRequest): Promise<void> {
    const owner = await this.owner(request, 'compute.modify');
    const { name } = request.params;
    await this.access.auditor.noted(owner, { action: 'storage.remove', subject: name.slice(0, 64) }, () => storages(this.access).remove(owner, name));
  }

  private async owner(request: FastifyRequest, scope: Scope): Promise<Requester> {
    const owner = await this.access.requesterOf(request);
    if (!hasScope(owner, scope)) throw insufficientScope(scope);
    return owner;
  }
}

/** What the node keeps of everybody. */
@Controller('admin/storage')
export class SiteStorageController {
  constructor(@Inject(ACCESS) private readonly access: Access) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<Schemas['KeptStorageList']> {
    await admit(this.access, request, 'staff');
    return { storage: (await storages(this.access).listAll()).map(present) };
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: IdentifiedRequest): Promise<void> {
    const operator = await admit(this.access, request, 'operators');
    const { id } = request.params;
    await this.access.auditor.noted(operator, { action: 'admin.storage-remove', subject: id.slice(0, 64) }, () => storages(this.access).removeById(id));
  }
}

/** The controllers are there where it is. */
function storages({ keptStorages }: Access): KeptStorages {
  return keptStorages as KeptStorages;
}

function present({ gib, created, until, ...rest }: KeptStorage): Schemas['KeptStorage'] {
  return { ...rest, size: gib, created: formatInstant(created), until: formatInstant(until) };
}
