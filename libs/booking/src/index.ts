export * from './booking.js';
export * from './booking-store.js';
