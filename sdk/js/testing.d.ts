// Stand-ins for a plugin's unit tests.

/** A host of tables, settings, secrets, and answers of other functions by name (`http.fetch`). */
export class Host {
  constructor(options?: {
    tables?: Record<string, Record<string, Record<string, string>>>;
    config?: Record<string, string>;
    secrets?: Record<string, string>;
    answers?: Record<string, unknown>;
  });
  lines: Array<[string, string]>;
  counters: Record<string, number>;
  calls: unknown[][];
}
export function request(dialled: string, fields?: object): any;
export function event(seq: number, kind: string, attrs?: Record<string, unknown>): any;
export function row(key: string, columns: Record<string, string>): any;
/** A caller with a script; what the flow did is in `done`. */
export class Caller {
  constructor(script?: { digits?: string[]; dials?: string[]; variables?: Record<string, string>; goneAt?: string });
  done: unknown[][];
  closed: boolean;
}
/** Leads a caller through the flow that was registered; answers the outcome. */
export function run(exported: object, caller: Caller, ...args: string[]): any;
