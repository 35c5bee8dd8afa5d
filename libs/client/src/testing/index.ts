export * from './fake-broker.js';
export * from './wire-documents.js';
