import { Injectable } from '@nestjs/common';

/** The routes that are served, to tell a wrong method (405) from a wrong path (404). */
@Injectable()
export class KnownRoutes {
  private readonly routes: { readonly pattern: RegExp; readonly method: string }[] = [];

  add(methods: readonly string[], url: string): void {
    if (url.includes('*')) return;
    const pattern = new RegExp(`^${url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.'))).join('/')}$`);
    for (const method of methods) this.routes.push({ pattern, method });
  }

  methodsOf(path: string): readonly string[] {
    return [...new Set(this.routes.filter((route) => route.pattern.test(path)).map((route) => route.method))].sort();
  }
}
