// What a plugin imports from "@ucx/sdk". Times are whole milliseconds. Types of the WIT packages: `wit.d.ts`.

import type { calendar, channels, common, envelope, flow as flows, lookup as tables, media, routing } from "./wit";

export * as wit from "./wit";

/** The host did not do it. `code` is the word of the WIT package: `gone`, `denied`, `not-found`, `timeout`... */
export class UcxError extends Error {
  code: string;
  text: string;
  retryAfter: number | null;
}
/** A value does not fit the WIT type; found before the call. */
export class InvalidValue extends TypeError {}
/** Nobody took the call that was dialled. */
export class NotAnswered extends Error {
  status: channels.DialStatus;
  result: channels.DialResult;
}

export type Attrs = Record<string, string | number | boolean | Uint8Array> | common.Attr[];
export type Media = string | media.MediaItem;

/** Reading a list of attributes; the first of a name counts. */
export interface Reading {
  value(name: string, fallback?: unknown): unknown;
  text(name: string): string | null;
  text(name: string, fallback: string): string;
  int(name: string): number | null;
  int(name: string, fallback: number): number;
}
export type Row = tables.Row & Reading & { /** The text in that column; an error that names row and column if there is none. */ require(column: string): string };
export type Request = Required<routing.RouteRequest> & Reading & { header(name: string): string | null };
export type Event = Required<envelope.Event> & Reading;

// --- what every plugin may use

/** The operator's table of that name. The manifest has to ask for it, as for everything here. */
export function lookup(table: string): { find(key: string): Row | null; longestPrefix(digits: string): Row | null; findMany(keys: string[]): Array<Row | null> };
export function config(name: string): string | null;
export function config(name: string, fallback: string): string;
export function secret(name: string): string;
export function count(name: string, n?: number, labels?: Attrs): void;
export function observe(name: string, value: number, labels?: Attrs): void;
export function gauge(name: string, value: number, labels?: Attrs): void;
export function localTime(at: number, zone?: string): calendar.LocalTime;
export function isOpen(schedule: string, at: number): boolean;
/** That many seconds in milliseconds. */
export function seconds(number: number): number;
export function sha256(bytes: Uint8Array): Uint8Array;
/** In hexadecimal. */
export function hmacSha256(key: string | Uint8Array, message: string | Uint8Array): string;

/** The plugin's own storage. Routers can only read it. */
export function bucket(name?: string): Bucket;
export class Bucket {
  get(key: string): Uint8Array | null;
  set(key: string, value: Uint8Array): void;
  getText(key: string): string | null;
  setText(key: string, text: string): void;
  delete(key: string): void;
  exists(key: string): boolean;
  increment(key: string, delta?: number): number;
  setExpiring(key: string, value: Uint8Array | number[], ttl: number): void;
  getVersioned(key: string): { value: Uint8Array; version: number } | null;
  /** Sets only if the version is `expected`; the new version, or none if somebody else was faster. */
  swap(key: string, expected: number, value: Uint8Array): number | null;
  close(): void;
  [Symbol.dispose](): void;
}

// --- what everybody but routers may use

/** Milliseconds since 1970, by the host's clock. */
export function now(): number;
export function randomBytes(count: number): Uint8Array;
/** Waits; ends early with `gone` when the caller hangs up. */
export function sleep(time: number): void;
export function cancelled(): boolean;
export function setTimer(delay: number, tag: string): number;
export function cancelTimer(id: number): void;
export interface FetchOptions {
  method?: string;
  headers?: Record<string, string> | common.Header[];
  body?: string | Uint8Array;
  json?: unknown;
  timeout?: number;
}
export interface Answer {
  status: number;
  ok: boolean;
  headers: common.Header[];
  body: Uint8Array;
  header(name: string): string | null;
  text(): string;
  json(): any;
}
/** Asks an HTTP server and waits: it returns, it does not promise. A status of 500 is an answer. */
export function fetch(url: string, options?: FetchOptions): Answer;

// --- routers

export interface Verdict {
  /** Adds legs that are tried together when the ones before did not answer. */
  otherwise(legs: routing.Leg[]): Verdict;
  setting(name: string, value: string | number | boolean): Verdict;
  because(reason: string): Verdict;
}
/** Makes `decide` the plugin's router; an error becomes the manifest's fallback. */
export function router(decide: (request: Request) => Verdict | routing.Verdict): void;
export function connect(legs: routing.Leg[]): Verdict;
export function reject(cause: number, reason: string): Verdict;
export function pass(reason?: string): Verdict;
export function continueAt(context: string, exten: string, priority?: number | string): Verdict;
export interface LegOptions {
  ring?: number;
  caller?: common.Party | null;
  headers?: Record<string, string> | common.Header[];
  attrs?: Attrs;
}
export function to(target: routing.Target, options?: LegOptions): routing.Leg;
export function endpoint(name: string, options?: LegOptions): routing.Leg;
export function trunk(name: string, number: string, options?: LegOptions): routing.Leg;
export function queue(name: string, options?: LegOptions): routing.Leg;
export function voicemail(mailbox: string, options?: LegOptions): routing.Leg;
export function uri(address: string, options?: LegOptions): routing.Leg;
export function place(context: string, exten?: string, priority?: number | string): common.Location;

// --- subscribers

/** Thrown by a subscriber: give this batch again later. */
export class Retry extends Error {}
/** Thrown by a subscriber: set this batch aside with these words. */
export class Reject extends Error {}
export function subscriber(onEvent: (event: Event) => void, options?: { onGap?: (gap: envelope.Gap) => void }): void;

// --- call flows

export type Outcome = flows.Outcome;
/** Makes `lead` the plugin's call flow; nothing answered means `done`. */
export function flow(lead: (channel: Channel, args: Record<string, any>) => Outcome | void): void;
export function done(): Outcome;
export function goto(context: string, exten?: string, priority?: number | string): Outcome;
export function hangUp(cause?: number): Outcome;
export function failed(words: string): Outcome;

export function file(name: string): media.MediaItem;
export function tone(name: string): media.MediaItem;
export function digits(text: string): media.MediaItem;
export function number(value: number, gender?: string): media.MediaItem;
export function characters(text: string): media.MediaItem;
export function phonetic(text: string): media.MediaItem;
export function date(at: number, zone?: string, format?: string): media.MediaItem;
export function url(address: string): media.MediaItem;
export function stored(name: string): media.MediaItem;
export function silence(time: number): media.MediaItem;

type Items = Media | Media[];
type Legs = routing.Leg | routing.Leg[] | routing.Leg[][];
type PlayOptions = Omit<media.PlayOptions, "attrs"> & { attrs?: Attrs };

/** A handle: closed by `using`, by `close`, or when the exported function returns. */
export interface Handle {
  close(): void;
  [Symbol.dispose](): void;
}
export interface Channel extends Handle {
  readonly name: string;
  id(): string;
  call(): string;
  info(): Required<channels.ChannelInfo> & Reading;
  ring(): void;
  progress(): void;
  answer(): void;
  hangup(cause?: number): void;
  play(items: Items, options?: PlayOptions): Required<media.Played>;
  startPlay(items: Items, options?: PlayOptions): Playback;
  gather(spec?: Omit<media.GatherSpec, "prompt"> & { prompt?: Items }): Required<media.Gathered>;
  record(spec?: media.RecordSpec): Required<media.Recorded>;
  startRecording(spec?: media.RecordSpec): Recording;
  sendDigits(digits: string, length?: number, gap?: number): void;
  hold(on: boolean, music?: string): void;
  mute(what: channels.Side, on: boolean): void;
  startMusic(name?: string): void;
  stopMusic(): void;
  /** Answers the leg that took it, not yet connected. Throws `NotAnswered`. */
  dial(legs: Legs, options?: { ring?: number } & Omit<channels.DialSpec, "groups" | "timeout">): Channel;
  startDial(legs: Legs, options?: { ring?: number } & Omit<channels.DialSpec, "groups" | "timeout">): Dialing;
  connect(peer: Channel, spec?: channels.ConnectSpec): Required<channels.ConnectResult>;
  enqueue(spec: channels.EnqueueSpec): Required<channels.EnqueueResult>;
  transfer(target: string | routing.Target, attrs?: Attrs): Required<channels.TransferResult>;
  transferTo(consulted: Channel, attrs?: Attrs): Required<channels.TransferResult>;
  variable(name: string): string | null;
  setVariable(name: string, value: string): void;
  headers(name: string): string[];
  addHeader(header: common.Header): void;
  setCaller(caller: common.Party): void;
  setLanguage(language: string): void;
  getCdr(name: string): string | null;
  setCdr(name: string, value: string): void;
  userEvent(name: string, attrs?: Attrs): void;
  subroutine(context: string, exten?: string, priority?: number | string, ...args: unknown[]): string;
  execute(application: string, args?: string): void;
  continueAt(place: common.Location): void;
}
export interface Playback extends Handle {
  stop(): void;
  pause(): void;
  resume(): void;
  seek(position: number): void;
  position(): number;
  wait(time: number): Required<media.Played>;
}
export interface Recording extends Handle {
  name(): string;
  stop(): Required<media.Recorded>;
  discard(): void;
  pause(): void;
  resume(): void;
  mask(on: boolean): void;
  wait(time: number): Required<media.Recorded>;
}
export interface Dialing extends Handle {
  wait(time: number): channels.DialResult;
  cancel(): void;
}
export interface Bridge extends Handle {
  id(): string;
  add(member: Channel, spec?: { role?: string; absorbDigits?: boolean; muted?: boolean }): void;
  remove(member: Channel): void;
  startPlay(items: Items, options?: PlayOptions): Playback;
  startRecording(spec?: media.RecordSpec): Recording;
  startMusic(name?: string): void;
  stopMusic(): void;
  destroy(): void;
}
/** The next event about the legs this flow holds, or none after that time. */
export function nextEvent(wait: number): Event | null;
export function originate(leg: routing.Leg, spec?: Omit<channels.OriginateSpec, "leg">): Channel;
export function adopt(channel: string): Channel;
export function createBridge(spec?: { kind?: string; name?: string; attrs?: Attrs }): Bridge;
