// ding-dong: a network AGI server; every command it has.

import { createServer } from 'node:net';

import { CONTEXT, equal, HOST, load, originate, run, until, wanted, within } from './clients.mjs';

const Server = load('ding-dong');
const sessions = [];

// Port 0 is 3000 to the library, which another of these may have.
const free = createServer().listen(0, HOST);
await new Promise((resolve) => free.once('listening', resolve));
const { port } = free.address();
await new Promise((resolve) => free.close(resolve));

const server = new Server((context) => {
  const session = { context };
  sessions.push(session);
  context.onEvent('variables').then((variables) => {
    session.variables = variables;
  });
  context.onEvent('hangup').then(() => {
    session.isOver = true;
  });
  context.on('error', () => {});
}, { logger: () => {} }).start(port, HOST);
await new Promise((resolve) => server.once('listening', resolve));

let session;
let agi;

async function call(channel, words = {}) {
  const before = sessions.length;
  const variables = { AGIURL: `agi://${HOST}:${port}/ring`, ...words };
  await originate({
    Channel: `Local/${channel}@${CONTEXT}`, Exten: 'agi', CallerID: '"Ding" <4831>',
    Variable: Object.entries(variables).map(([name, value]) => `${name}=${value}`).join(','),
  });
  return until(() => sessions[before]?.variables && sessions[before], 'session');
}

/// What a command is answered.
const answer = async (promise) => {
  const { result, value } = await within(promise);
  return value === undefined ? result : [result, value];
};

await run({
  async environment() {
    session = await call('keys', { COLOUR: 'green' });
    agi = session.context;
    const { variables } = session;
    equal([variables.agi_network, variables.agi_network_script, variables.agi_callerid], ['yes', 'ring', '4831']);
    equal([variables.agi_context, variables.agi_extension, variables.agi_priority], [CONTEXT, 'agi', '2']);
  },
  async answer() {
    equal(await answer(agi.answer()), '0');
    equal(await answer(agi.channelStatus('')), '6');
  },
  async variables() {
    equal(await answer(agi.getVariable('COLOUR')), ['1', 'green']);
    equal(await answer(agi.setVariable('SHAPE', 'a round one')), '1');
    equal(await answer(agi.getVariable('SHAPE')), ['1', 'a round one']);
    equal(await answer(agi.getFullVariable('${SHAPE:2:5}')), ['1', 'round']);
    equal(await answer(agi.getVariable('NOBODY')), '0');
  },
  async database() {
    equal(await answer(agi.databasePut('ding', 'key', 'value')), '1');
    equal(await answer(agi.databaseGet('ding', 'key')), ['1', 'value']);
    equal(await answer(agi.databaseDel('ding', 'key')), '1');
    equal(await answer(agi.databaseGet('ding', 'key')), '0');
    await agi.databasePut('ding', 'tree/leaf', '1');
    equal(await answer(agi.databaseDelTree('ding', 'tree')), '0');
  },
  async digits() {
    equal(await answer(agi.waitForDigit(9000)), '53');
    equal(await answer(agi.getData('blip', 9000, 2)), '55');
    wanted((await answer(agi.getOption('blip', '5', 9000))).startsWith('53 endpos='), 'no digit');
  },
  async sounds() {
    const [result, endpos] = (await answer(agi.streamFile('blip', '1'))).split(' endpos=');
    wanted(result === '0' && endpos >= 800 && endpos < 64000, endpos);
    wanted((await answer(agi.streamFile('tone', '5'))).startsWith('53 endpos='), 'no digit');
    wanted((await answer(agi.controlStreamFile('blip', '1'))).startsWith('0'), 'it does not end');
    equal((await answer(agi.recordFile('ding', 'wav', '1', 0.2)))[1], 'timeout');
  },
  async say() {
    for (const [name, ...words] of [['sayDigits', '12'], ['sayNumber', 42], ['sayAlpha', 'ab'], ['sayPhonetic', 'ab'], ['sayDate', 0],
      ['sayTime', 0], ['sayDateTime', 0]]) {
      equal(await answer(agi[name](...words, '1')), '0', name);
    }
  },
  async others() {
    for (const [name, words, expected] of [
      ['verbose', ['hello there', 1], '1'], ['noop', [], '0'], ['setCallerID', ['4832'], '1'], ['setMusic', ['off'], '0'],
      ['setAutoHangup', [0], '0'], ['sendText', ['hello there'], '0'], ['tddMode', ['on'], '0'], ['exec', ['NoOp', 'x'], '0'],
      ['setContext', [CONTEXT], '0'], ['setExtension', ['agi'], '0'], ['setPriority', ['3'], '0'],
      ['speechDestroy', [], '0'],
    ]) {
      equal(await answer(agi[name](...words)), expected, name);
    }
  },
  async dial() {
    // Whom a component may dial is a right of its own, which this one does not ask for.
    const bridged = CONTEXT === 'bridged';
    const other = await call('answer');
    equal(await answer(other.context.dial(`Local/busy@${CONTEXT}`, 5, '')), bridged ? '-2' : '0');
    equal(await answer(other.context.getVariable('DIALSTATUS')), bridged ? '0' : ['1', 'BUSY']);
  },
  async hangup() {
    equal(await answer(agi.hangup()), '1');
    await until(() => session.isOver, 'word of the end');
  },
});
