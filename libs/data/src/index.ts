export * from './stage.js';
export * from './checksum.js';
export * from './http/http.resolver.js';
export * from './http/config.js';
export * from './file/file.resolver.js';
export * from './file/config.js';
export * from './replicas/replicas.resolver.js';
export * from './replicas/config.js';
