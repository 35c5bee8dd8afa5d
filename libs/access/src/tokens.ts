export const ACCOUNT_STORE = Symbol('ACCOUNT_STORE');
export const ACCESS_CLOCK = Symbol('ACCESS_CLOCK');
export const CALENDAR = Symbol('CALENDAR');
