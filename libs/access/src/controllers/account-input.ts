/** Bodies of the administration, checked by class-validator. The same rules stand in openapi/execution-broker.yaml. */
import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { IsArray, IsIn, IsOptional, IsString, Length, Matches, validateSync } from 'class-validator';
import type { ValidationError } from 'class-validator';
import { BrokerError, allRoles, reason } from '#model';
import type { Role } from '#model';
import { longestPassword } from '../passwords/passwords.js';

/** Letters, digits, dot, dash, underscore; not longer than 64. */
export const accountName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export class NewPassword {
  @IsString()
  @Length(8, longestPassword)
  readonly password!: string;
}

export class NewAccount extends NewPassword {
  @IsString()
  @Matches(accountName, { message: 'name must be letters, digits, dots, dashes and underscores, at most 64' })
  readonly name!: string;

  @IsOptional()
  @IsArray()
  @IsIn([...allRoles], { each: true })
  readonly roles?: readonly Role[];

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @Matches(/^[^\p{Cc}\p{Cs}]{1,200}$/u, { each: true, message: 'groups must be texts without control characters, at most 200 long' })
  readonly groups?: readonly string[];
}

/** A body that its server parses when asked to. */
export interface ReadableBody { read(): { readonly value: unknown } }

/** The document of a body, whatever it is; undefined when there is none. */
export function readBody(body: unknown): unknown {
  return isReadable(body) ? body.read().value : undefined;
}

/** Turns a body into an instance of `type`; throws 'malformed' with every fault. */
export function readInput<T extends object>(type: new () => T, body: unknown): T {
  const value = readBody(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed([faultAt('', 'the body is not an object', 'send an object')]);
  const input = plainToInstance(type, value);
  const errors = validateSync(input, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0) throw malformed(errors.flatMap(faultsOf));
  return input;
}

function isReadable(body: unknown): body is ReadableBody {
  return typeof (body as Partial<ReadableBody> | null | undefined)?.read === 'function';
}

function faultsOf(error: ValidationError): ReturnType<typeof faultAt>[] {
  return Object.values(error.constraints ?? {}).map((text) => faultAt(error.property, text, 'correct it as it says'));
}

function faultAt(path: string, fault: string, fix: string): ReturnType<typeof reason> {
  return reason('malformed', '{fault}; {fix}', { fault, fix }, { path });
}

function malformed(faults: readonly ReturnType<typeof reason>[]): BrokerError {
  return new BrokerError('malformed', 'caller', faults);
}
