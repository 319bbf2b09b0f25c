// asterisk-ami-client: actions with promises, events, and coming back after a cut.

import { asked, CONTEXT, equal, HOST, load, MANAGER_PORT, pause, run, SECRET, until, USER, wanted, within, wire } from './clients.mjs';

const Client = load('asterisk-ami-client');
const ANSWER = `Local/answer@${CONTEXT}`;
const events = [];
const ami = new Client({ keepAlive: true, keepAliveDelay: 200 });
let channel;
let number = 0;

const send = (action) => within(ami.action({ ActionID: `aac-${number += 1}`, ...action }, true), action.Action);
const event = (name, fields = {}) => until(
  () => events.find((one) => one.Event === name && Object.entries(fields).every(([key, value]) => one[key] === value)),
  `${name} ${JSON.stringify(fields)}`,
);
const originate = (fields) => send({ Action: 'Originate', Channel: ANSWER, Context: CONTEXT, Exten: 'answer', Priority: 1, Async: 'true', ...fields });

await run({
  async login() {
    ami.on('event', (one) => events.push(one));
    await within(ami.connect(USER, SECRET, { host: HOST, port: MANAGER_PORT }), 'login');
    wanted(ami.isConnected, 'not connected');
  },
  async wrongSecret() {
    const refusal = await within(new Client().connect(USER, 'wrong', { host: HOST, port: MANAGER_PORT }).catch((error) => error));
    wanted(refusal instanceof Error && refusal.message.includes('Authentication failed'), refusal);
  },
  async ping() {
    equal((await send({ Action: 'Ping' })).Ping, 'Pong');
  },
  async keepAlive() {
    const answer = await asked((done) => {
      const look = () => (ami.lastResponse?.Ping ? done(ami.lastResponse) : setTimeout(look, 20));
      look();
    });
    equal(answer.Ping, 'Pong');
    await pause(500);
    wanted(ami.isConnected, 'it gave up');
  },
  async command() {
    const answer = await send({ Action: 'Command', Command: 'core show channels' });
    wanted(answer.Output.includes('call'), answer);
    return 'of several lines of output it keeps the last';
  },
  async originateAnswered() {
    equal((await originate({ ActionID: 'aac-call', CallerID: '"Aac" <4811>', Variable: 'COLOUR=green,SIZE=7' })).Message, 'Originate successfully queued');
    const done = await event('OriginateResponse', { ActionID: 'aac-call' });
    equal([done.Response, done.Reason, done.CallerIDNum], ['Success', '4', '4811']);
    channel = done.Channel;
  },
  async variables() {
    const ask = async () => (await send({ Action: 'Getvar', Channel: channel, Variable: 'COLOUR' })).Value;
    equal(await ask(), 'green');
    await send({ Action: 'Setvar', Channel: channel, Variable: 'COLOUR', Value: 'a: b' });
    await event('VarSet', { Channel: channel, Value: 'a: b' });
    equal(await ask(), 'a: b');
  },
  async lists() {
    for (const [action, item] of [['CoreShowChannels', 'CoreShowChannel'], ['Status', 'Status']]) {
      equal((await send({ Action: action, ActionID: `aac-${action}` })).EventList, 'start');
      await event(item, { Channel: channel, ActionID: `aac-${action}` });
      await event(`${action}Complete`, { ActionID: `aac-${action}` });
    }
  },
  async redirect() {
    equal((await send({ Action: 'Redirect', Channel: channel, Context: CONTEXT, Exten: 'dest', Priority: 1 })).Message, 'Redirect successful');
    await event('VarSet', { Channel: channel, Value: 'dest' });
  },
  async hangup() {
    const named = asked((done) => ami.on('Hangup', (one) => one.Channel === channel && done(one)));
    await send({ Action: 'Hangup', Channel: channel, Cause: 16 });
    equal((await named)['Cause-txt'], 'Normal Clearing');
    equal((await send({ Action: 'Hangup', Channel: channel })).Message, 'No such channel');
  },
  async refusedCalls() {
    for (const [exten, reason] of [['busy', '5'], ['ring', '3']]) {
      await originate({ Channel: `Local/${exten}@${CONTEXT}`, Timeout: 400, ActionID: `aac-${exten}` });
      const done = await event('OriginateResponse', { ActionID: `aac-${exten}` });
      equal([done.Response, done.Reason], ['Failure', reason]);
    }
  },
  async userEvent() {
    await send({ Action: 'UserEvent', UserEvent: 'AacLamp', Colour: 'blue' });
    equal((await event('UserEvent', { UserEvent: 'AacLamp' })).Colour, 'blue');
  },
  async filter() {
    ami.option('eventFilter', ['UserEvent']);
    const before = events.length;
    await send({ Action: 'UserEvent', UserEvent: 'Unseen' });
    await send({ Action: 'Ping' });
    wanted(!events.slice(before).some((one) => one.UserEvent === 'Unseen'), 'a filtered event came');
    ami.option('eventFilter', []);
  },
  async comesBack() {
    const line = await wire(MANAGER_PORT);
    const other = new Client({ reconnect: true, attemptsDelay: 50 });
    await within(other.connect(USER, SECRET, { host: HOST, port: line.port }), 'login');
    const again = asked((done) => other.once('connect', done), 'the second login');
    line.cut();
    await again;
    equal((await within(other.action({ Action: 'Ping', ActionID: 'aac-again' }, true))).Ping, 'Pong');
  },
  async logoff() {
    equal((await send({ Action: 'Logoff' })).Response, 'Goodbye');
    await until(() => !ami.isConnected, 'end of the connection');
  },
});
