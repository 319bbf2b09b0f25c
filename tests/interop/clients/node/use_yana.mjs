// yana: one callback for an action and all events of its list, and coming back after a cut.

import { asked, CONTEXT, equal, HOST, load, MANAGER_PORT, run, SECRET, until, USER, wanted, wire } from './clients.mjs';

const Yana = load('yana');
const ANSWER = `Local/answer@${CONTEXT}`;
const events = [];
let ami;
let channel;

const client = (options) => new Yana({ host: HOST, port: MANAGER_PORT, login: USER, password: SECRET, events: true, ...options });
const send = (action) => asked((done) => ami.send(action, (answer) => answer.Response && done(answer)), action.Action);
const event = (name, fields = {}) => until(
  () => events.find((one) => one.Event === name && Object.entries(fields).every(([key, value]) => one[key] === value)),
  `${name} ${JSON.stringify(fields)}`,
);
const originate = (fields) => send({ Action: 'Originate', Channel: ANSWER, Context: CONTEXT, Exten: 'answer', Priority: 1, Async: 'true', ...fields });

await run({
  async login() {
    ami = client({});
    ami.on('event', (one) => events.push(one));
    await asked((done) => ami.connect(done), 'login');
    equal(ami.version, '11.0.0');
    await event('FullyBooted');
  },
  async wrongSecret() {
    const other = client({ password: 'wrong' });
    const refusal = asked((done) => other.once('error', done));
    other.connect();
    equal(await refusal, 'Authentication failed');
    other.on('error', () => {});
  },
  async ping() {
    equal((await send({ Action: 'Ping' })).Ping, 'Pong');
  },
  async command() {
    const answer = await send({ Action: 'Command', Command: 'core show channels' });
    wanted(Array.isArray(answer.Output) && answer.Output.some((line) => line.includes('active channel')), answer);
  },
  async originateAnswered() {
    const answers = [];
    ami.send({
      Action: 'Originate', Channel: ANSWER, Context: CONTEXT, Exten: 'answer', Priority: 1, Async: 'true', CallerID: '"Yana" <4821>',
      Variable: ['COLOUR=green', 'SIZE=7'],
    }, (answer) => answers.push(answer));
    // One callback for the response and what comes of it.
    await until(() => answers.length === 2, 'OriginateResponse');
    equal(answers[0].Message, 'Originate successfully queued');
    equal([answers[1].Event, answers[1].Response, answers[1].Reason], ['OriginateResponse', 'Success', '4']);
    channel = answers[1].Channel;
  },
  async variables() {
    const ask = async () => (await send({ Action: 'Getvar', Channel: channel, Variable: 'COLOUR' })).Value;
    equal(await ask(), 'green');
    await send({ Action: 'Setvar', Channel: channel, Variable: 'COLOUR', Value: 'a: b' });
    await event('VarSet', { Channel: channel, Value: 'a: b' });
    equal(await ask(), 'a: b');
  },
  async lists() {
    for (const action of ['CoreShowChannels', 'Status']) {
      const answers = [];
      ami.send({ Action: action }, (answer) => answers.push(answer));
      const end = await until(() => answers.find((one) => one.Event === `${action}Complete`), 'end of the list');
      const count = end.ListItems ?? end.Items;
      equal(Number(count), answers.length - 2, 'the number of items');
      wanted(answers.some((one) => one.Channel === channel), 'the channel is not in the list');
    }
  },
  async redirect() {
    equal((await send({ Action: 'Redirect', Channel: channel, Context: CONTEXT, Exten: 'dest', Priority: 1 })).Message, 'Redirect successful');
    await event('VarSet', { Channel: channel, Value: 'dest' });
  },
  async hangup() {
    await send({ Action: 'Hangup', Channel: channel, Cause: 21 });
    equal((await event('Hangup', { Channel: channel }))['Cause-txt'], 'Call Rejected');
    equal((await send({ Action: 'Hangup', Channel: channel })).Message, 'No such channel');
  },
  async refusedCalls() {
    for (const [exten, reason] of [['busy', '5'], ['ring', '3']]) {
      await originate({ Channel: `Local/${exten}@${CONTEXT}`, Timeout: 400, ActionID: `yana-${exten}` });
      equal((await event('OriginateResponse', { ActionID: `yana-${exten}` })).Reason, reason);
    }
  },
  async userEvent() {
    const named = asked((done) => ami.once('UserEvent-YanaLamp', done));
    await send({ Action: 'UserEvent', UserEvent: 'YanaLamp', Colour: 'blue' });
    equal((await named).Colour, 'blue');
  },
  async comesBack() {
    const line = await wire(MANAGER_PORT);
    const other = client({ port: line.port, reconnect: true });
    await asked((done) => other.connect(done), 'login');
    const lost = asked((done) => other.once('disconnect', done), 'the end of the connection');
    const again = asked((done) => other.once('reconnect', done), 'the second login');
    line.cut();
    await lost;
    await again;
    equal((await asked((done) => other.send({ Action: 'Ping' }, done))).Ping, 'Pong');
    other.options.reconnect = false;
    other.on('error', () => {});
    await asked((done) => other.disconnect(done), 'the end');
  },
  async logoff() {
    ami.on('error', () => {});
    await asked((done) => ami.disconnect(done), 'goodbye');
  },
});
