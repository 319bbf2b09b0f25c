// What all the scripts in this folder share: where the host is, how a case is told, and a wire that can be cut.

import { createRequire } from 'node:module';
import net from 'node:net';

// The libraries lie in a folder of their own, which only the old way of loading looks for.
export const load = createRequire(`${process.env.UCX_NODE_MODULES}/`);

export const MANAGER_PORT = Number(process.env.UCX_MANAGER_PORT);
export const HTTP_PORT = Number(process.env.UCX_HTTP_PORT);
export const HOST = '127.0.0.1';
export const USER = process.env.UCX_USER;
export const SECRET = process.env.UCX_SECRET;
export const CONTEXT = process.env.UCX_CONTEXT ?? 'lib';

/// No wait in a case is longer, in ms.
export const PATIENCE = 20000;

export function equal(found, expected, what = 'value') {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what} is ${a}, not ${b}`);
}

export function wanted(holds, what) {
  if (!holds) throw new Error(typeof what === 'string' ? what : JSON.stringify(what));
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/// Looks until it sees something, and answers it.
export async function until(look, what, limit = PATIENCE) {
  const end = Date.now() + limit;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`no ${what} within ${limit} ms`);
    await pause(10);
  }
}

/// A function with a callback as a promise that gives up.
export function asked(call, what = 'a reply') {
  const promise = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${what} did not come`)), PATIENCE);
    call((value) => {
      clearTimeout(late);
      resolve(value);
    });
  });
  // Whoever waits for it is told; a case that ended before it waited does not end them all.
  promise.catch(() => {});
  return promise;
}

export function within(promise, what = 'a reply') {
  return asked((done) => promise.then((value) => done({ value }), (error) => done({ error })), what).then((ended) => {
    if (ended.error) throw ended.error;
    return ended.value;
  });
}

/// Runs the cases, an object of functions, one after the other.
export async function run(cases) {
  const loud = console.log;
  // Libraries say things of their own.
  console.log = console.warn = console.error = () => {};
  const tell = (verdict, name, why) => {
    const text = String(why ?? '').split(/\s+/).join(' ').trim();
    loud(text ? `${verdict} ${name}: ${text}` : `${verdict} ${name}`);
  };
  let allHeld = true;
  for (const [name, work] of Object.entries(cases)) {
    const said = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    try {
      const note = await work();
      tell('ok', said, typeof note === 'string' ? note : '');
    } catch (error) {
      allHeld = false;
      const place = String(error?.stack ?? '').match(/use_\w+\.mjs:\d+/)?.[0] ?? '';
      tell('failed', said, `${error?.message ?? error} (${place})`);
    }
  }
  tell('end', 'of the script');
  process.exit(allHeld ? 0 : 1);
}

/// A listener that passes each connection on, and can cut them all.
export async function wire(port) {
  const pairs = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(port, HOST);
    const pair = [near, far];
    pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.pipe(to);
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise((resolve) => server.listen(0, HOST, resolve));
  return {
    port: server.address().port,
    cut: () => pairs.forEach((pair) => pair.forEach((end) => end.destroy())),
  };
}

/// Has the host call, without any library: what is tried is at the other end.
export async function originate(headers) {
  const socket = net.connect(MANAGER_PORT, HOST);
  const send = (action) => socket.write(`${Object.entries(action).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  send({ Action: 'Login', Username: USER, Secret: SECRET, Events: 'off' });
  send({ Action: 'Originate', Context: CONTEXT, Priority: 1, Async: 'true', ...headers });
  await until(() => text.includes('Originate successfully queued'), 'answer to Originate');
  socket.destroy();
}
