// asterisk-manager: actions with callbacks, events by name, and its way to stay connected.

import { asked, CONTEXT, equal, HOST, load, MANAGER_PORT, run, SECRET, until, USER, wanted, wire } from './clients.mjs';

const Manager = load('asterisk-manager');
const ANSWER = `Local/answer@${CONTEXT}`;
const events = [];
let ami;
let channel;

const send = (action) => asked((done) => ami.action(action, (error, answer) => done(answer ?? error)), action.action);
const event = (name, fields = {}) => until(
  () => events.find((one) => one.event === name && Object.entries(fields).every(([key, value]) => one[key] === value)),
  `${name} ${JSON.stringify(fields)}`,
);
const originate = (fields) => send({ action: 'originate', channel: ANSWER, context: CONTEXT, exten: 'answer', priority: 1, ...fields });

await run({
  async login() {
    ami = new Manager(MANAGER_PORT, HOST, USER, SECRET, true);
    ami.on('managerevent', (one) => events.push(one));
    await event('FullyBooted');
    wanted(ami.isConnected(), 'not connected');
  },
  async wrongSecret() {
    const other = new Manager();
    Object.assign(other.options, { username: USER, password: 'wrong' });
    other.connect(MANAGER_PORT, HOST);
    const refusal = await asked((done) => other.login(done));
    equal(refusal.message, 'Authentication failed');
  },
  async ping() {
    equal((await send({ action: 'ping' })).ping, 'Pong');
  },
  async command() {
    const answer = await send({ action: 'command', command: 'core show channels' });
    wanted(answer.output.some((line) => line.includes('active channel')), answer);
  },
  async originateAnswered() {
    const answer = await originate({ async: 'true', callerid: '"As Ma" <4801>', variable: { COLOUR: 'green', SIZE: 7 }, actionid: 'am-1' });
    equal(answer.message, 'Originate successfully queued');
    const done = await event('OriginateResponse', { calleridnum: '4801' });
    equal([done.response, done.reason], ['Success', '4']);
    channel = done.channel;
  },
  async variables() {
    equal((await send({ action: 'getvar', channel, variable: 'COLOUR' })).value, 'green');
    equal((await send({ action: 'setvar', channel, variable: 'COLOUR', value: 'a: b=c' })).message, 'Variable Set');
    const set = await event('VarSet', { channel, value: 'a: b=c' });
    equal(set.variable, { COLOUR: '' }, 'what it makes of a variable');
    equal((await send({ action: 'getvar', channel, variable: 'COLOUR' })).value, 'a: b=c');
  },
  async lists() {
    equal((await send({ action: 'coreshowchannels', actionid: 'am-list' })).eventlist, 'start');
    await event('CoreShowChannel', { channel, actionid: 'am-list' });
    equal((await event('CoreShowChannelsComplete', { actionid: 'am-list' })).eventlist, 'Complete');
    await send({ action: 'status', channel, variables: 'COLOUR', actionid: 'am-status' });
    equal((await event('Status', { actionid: 'am-status' })).variable, { COLOUR: 'a: b=c' });
    await event('StatusComplete', { actionid: 'am-status' });
  },
  async redirect() {
    equal((await send({ action: 'redirect', channel, context: CONTEXT, exten: 'dest', priority: 1 })).message, 'Redirect successful');
    await event('VarSet', { channel, value: 'dest' });
  },
  async hangup() {
    await send({ action: 'hangup', channel, cause: 17 });
    const gone = await event('Hangup', { channel });
    equal([gone.cause, gone['cause-txt']], ['17', 'User busy']);
    const refusal = await send({ action: 'hangup', channel });
    equal([refusal.response, refusal.message], ['Error', 'No such channel']);
  },
  async refusedCalls() {
    for (const [exten, reason] of [['busy', '5'], ['ring', '3']]) {
      await originate({ channel: `Local/${exten}@${CONTEXT}`, timeout: 400, async: 'true', actionid: `am-${exten}` });
      const done = await event('OriginateResponse', { actionid: `am-${exten}` });
      equal([done.response, done.reason], ['Failure', reason]);
    }
  },
  async wholeCall() {
    await originate({ channel: `Local/dial@${CONTEXT}`, callerid: '4802', async: 'true', actionid: 'am-2' });
    const { uniqueid } = await event('OriginateResponse', { actionid: 'am-2' });
    const { linkedid } = await event('Newchannel', { uniqueid });
    // The call is up a moment before the two are joined.
    const entered = () => events.filter((one) => one.event === 'BridgeEnter' && one.linkedid === linkedid).length;
    await until(() => entered() >= 2, 'two in a bridge');
    await send({ action: 'hangup', channel: (await event('Newchannel', { uniqueid })).channel });
    const mine = (name) => events.filter((one) => one.event === name && one.linkedid === linkedid);
    await until(() => mine('Hangup').length === 4, 'end of four channels');
    equal(mine('Newchannel').length, 4);
    await until(() => mine('BridgeEnter').length > 0 && mine('BridgeEnter').length === mine('BridgeLeave').length, 'end of bridges');
  },
  async userEvent() {
    const named = asked((done) => ami.once('userevent-amlamp', done));
    equal((await send({ action: 'userevent', userevent: 'AmLamp', colour: 'blue' })).message, 'Event Sent');
    equal((await named).colour, 'blue');
  },
  async held() {
    // What is asked before it has logged in is held back, and sent then.
    const other = new Manager(MANAGER_PORT, HOST, USER, SECRET, false);
    equal((await asked((done) => other.action({ action: 'ping' }, (error, answer) => done(answer)))).ping, 'Pong');
    other.disconnect();
  },
  async comesBack() {
    const line = await wire(MANAGER_PORT);
    const other = new Manager(line.port, HOST, USER, SECRET, true);
    other.keepConnected();
    await asked((done) => other.once('fullybooted', done), 'login');
    // Of itself it waits 10 s; this is the same step at once.
    const again = asked((done) => other.once('fullybooted', done), 'the second login');
    const { setTimeout: later } = globalThis;
    globalThis.setTimeout = (work, ms, ...words) => later(work, ms === 10000 ? 50 : ms, ...words);
    const closed = asked((done) => other.once('close', done), 'the end of the connection');
    line.cut();
    await closed;
    await again;
    globalThis.setTimeout = later;
    equal((await asked((done) => other.action({ action: 'ping' }, (error, answer) => done(answer)))).ping, 'Pong');
    other.removeAllListeners('close');
    other.disconnect();
  },
  async logoff() {
    equal((await send({ action: 'logoff' })).response, 'Goodbye');
    await until(() => !ami.isConnected(), 'end of the connection');
  },
});
