// ari-client of Node: an API made at run time from /ari/api-docs; objects with operations and events of their own.

import { asked, CONTEXT, equal, HOST, HTTP_PORT, load, originate, run, SECRET, until, USER, wanted, within, wire } from './clients.mjs';

const ari = load('ari-client');
const APP = 'node-ari-client';
const events = [];
let client;
let channel;
let incoming;

const connect = (port = HTTP_PORT, secret = SECRET) => within(ari.connect(`http://${HOST}:${port}`, USER, secret), 'the API');
const event = (type, holds = () => true) => until(
  () => events.find((one) => one.type === type && holds(one)),
  `${type} in ${events.map((one) => one.type)}`,
);
const of = (type, id) => event(type, (one) => one.channel?.id === id);
const refused = (promise) => within(promise.then(() => 'done', (error) => error.message));

await run({
  async connect() {
    client = await connect();
    client.on('*', (one) => events.push(one));
    await within(client.start(APP), 'the socket');
    const names = (await within(client.applications.list())).map((one) => one.name);
    wanted(names.includes(APP), names);
  },
  async host() {
    equal((await within(client.asterisk.getInfo())).system.version, '22.5.0');
    await within(client.asterisk.setGlobalVar({ variable: 'NODEARI', value: 'a value' }));
    equal((await within(client.asterisk.getGlobalVar({ variable: 'NODEARI' }))).value, 'a value');
  },
  async originate() {
    channel = client.Channel('nodeari-1');
    const started = asked((done) => channel.once('StasisStart', (one, object) => done([one, object])), 'StasisStart');
    await within(channel.originate({
      endpoint: `Local/keys@${CONTEXT}`, app: APP, appArgs: 'one,two', callerId: '"Node" <4841>', timeout: 5, variables: { COLOUR: 'green' },
    }));
    const [start, object] = await started;
    equal([start.args, start.application, object.id], [['one', 'two'], APP, 'nodeari-1']);
  },
  async variables() {
    equal((await within(channel.getChannelVar({ variable: 'COLOUR' }))).value, 'green');
    await within(channel.setChannelVar({ variable: 'COLOUR', value: 'a b' }));
    equal((await event('ChannelVarset', (one) => one.value === 'a b')).channel.id, 'nodeari-1');
  },
  async digits() {
    const digit = await asked((done) => channel.once('ChannelDtmfReceived', (one) => done(one.digit)));
    equal(digit, '5');
  },
  async play() {
    const playback = client.Playback();
    const [begun, ended] = ['PlaybackStarted', 'PlaybackFinished'].map((type) => asked((done) => playback.once(type, done), type));
    await within(channel.play({ media: 'sound:tone' }, playback));
    await begun;
    for (const operation of ['pause', 'unpause', 'restart', 'forward', 'reverse']) await within(playback.control({ operation }));
    equal((await within(playback.get())).state, 'playing');
    await within(playback.stop());
    equal((await ended).playback.id, playback.id);
  },
  async record() {
    const recording = client.LiveRecording('nodeari');
    const [begun, ended] = ['RecordingStarted', 'RecordingFinished'].map((type) => asked((done) => recording.once(type, done), type));
    await within(channel.record({ name: 'nodeari', format: 'wav', ifExists: 'overwrite', beep: false, maxDurationSeconds: 5 }, recording));
    await begun;
    await within(recording.pause());
    await within(recording.unpause());
    await within(recording.stop());
    equal((await ended).recording.state, 'done');
    const file = await within(client.recordings.getStoredFile({ recordingName: 'nodeari' }));
    equal(file.subarray(0, 4).toString('latin1'), 'RIFF');
    await within(client.recordings.deleteStored({ recordingName: 'nodeari' }));
  },
  async holdAndMusic() {
    for (const name of ['hold', 'unhold', 'mute', 'unmute', 'startMoh', 'stopMoh', 'startSilence', 'stopSilence']) {
      await within(channel[name](), name);
    }
    await within(channel.sendDTMF({ dtmf: '12' }));
  },
  async answer() {
    await originate({ Channel: `Local/app@${CONTEXT}`, Exten: 'answer', Variable: `APP=${APP}`, OtherChannelId: 'nodeari-in' });
    equal((await of('StasisStart', 'nodeari-in')).channel.state, 'Ring');
    incoming = client.Channel('nodeari-in');
    await within(incoming.answer());
    equal((await of('ChannelStateChange', 'nodeari-in')).channel.state, 'Up');
  },
  async bridge() {
    const bridge = client.Bridge('nodeari-bridge');
    await within(bridge.create({ type: 'mixing', name: 'a name' }));
    await within(client.applications.subscribe({ applicationName: APP, eventSource: 'bridge:nodeari-bridge' }));
    const gone = asked((done) => bridge.once('BridgeDestroyed', done), 'BridgeDestroyed');
    await within(bridge.addChannel({ channel: ['nodeari-1', 'nodeari-in'] }));
    await of('ChannelEnteredBridge', 'nodeari-1');
    await of('ChannelEnteredBridge', 'nodeari-in');
    equal((await within(bridge.get())).channels.sort(), ['nodeari-1', 'nodeari-in']);
    const playback = client.Playback();
    const played = asked((done) => playback.once('PlaybackFinished', done), 'PlaybackFinished');
    await within(bridge.play({ media: 'sound:blip' }, playback));
    await played;
    await within(bridge.startMoh());
    await within(bridge.stopMoh());
    await within(bridge.removeChannel({ channel: 'nodeari-in' }));
    await of('ChannelLeftBridge', 'nodeari-in');
    await within(bridge.destroy());
    await gone;
  },
  async goesOn() {
    await within(incoming.continueInDialplan({ context: CONTEXT, extension: 'dest', priority: 1 }));
    await of('StasisEnd', 'nodeari-in');
    await until(async () => (await within(incoming.getChannelVar({ variable: 'REACHED' }).catch(() => ({})))).value === 'dest', 'the place it was sent to');
    await within(incoming.hangup());
  },
  async refusedCalls() {
    for (const exten of ['busy', 'ring']) {
      const other = client.Channel(`nodeari-${exten}`);
      const gone = asked((done) => other.once('ChannelDestroyed', done), `the end of ${exten}`);
      await within(other.originate({ endpoint: `Local/${exten}@${CONTEXT}`, app: APP, timeout: 1 }));
      await gone;
    }
  },
  async deviceStates() {
    await within(client.applications.subscribe({ applicationName: APP, eventSource: 'deviceState:Stasis:node' }));
    await within(client.deviceStates.update({ deviceName: 'Stasis:node', deviceState: 'BUSY' }));
    equal((await event('DeviceStateChanged')).device_state, { name: 'Stasis:node', state: 'BUSY' });
    equal((await within(client.deviceStates.get({ deviceName: 'Stasis:node' }))).state, 'BUSY');
    await within(client.deviceStates.delete({ deviceName: 'Stasis:node' }));
  },
  async userEvents() {
    await within(client.events.userEvent({ eventName: 'Lamp', application: APP, source: 'channel:nodeari-1', variables: { colour: 'blue' } }));
    const seen = await event('ChannelUserevent', (one) => one.eventname === 'Lamp');
    equal([seen.userevent.colour, seen.channel.id], ['blue', 'nodeari-1']);
  },
  async errors() {
    wanted((await refused(client.channels.get({ channelId: 'nobody' }))).includes('Channel not found'), 'no refusal');
    wanted((await refused(client.channels.originate({ endpoint: 'Local' }))) !== 'done', 'no refusal');
    wanted((await refused(client.bridges.get({ bridgeId: 'nobody' }))).includes('Bridge not found'), 'no refusal');
  },
  async lists() {
    for (const [resource, operation] of [['channels', 'list'], ['bridges', 'list'], ['endpoints', 'list'], ['sounds', 'list'],
      ['recordings', 'listStored'], ['deviceStates', 'list']]) {
      wanted(Array.isArray(await within(client[resource][operation](), resource)), resource);
    }
  },
  async hangup() {
    const gone = asked((done) => channel.once('ChannelDestroyed', done), 'ChannelDestroyed');
    await within(channel.hangup());
    equal((await gone).cause_txt, 'Normal Clearing');
    await of('StasisEnd', 'nodeari-1');
  },
  async pings() {
    const pong = asked((done) => client.once('pong', done), 'the pong of the socket');
    client.ping();
    await pong;
  },
  async comesBack() {
    const line = await wire(HTTP_PORT);
    const other = await connect(line.port);
    await within(other.start(`${APP}-back`), 'the socket');
    const again = asked((done) => other.once('WebSocketConnected', done), 'the second socket');
    line.cut();
    await again;
    const started = asked((done) => other.once('StasisStart', (one, object) => done(object)), 'StasisStart');
    await within(other.channels.originate({ endpoint: `Local/answer@${CONTEXT}`, app: `${APP}-back` }));
    await within((await started).hangup());
    other.stop();
  },
  async wrongSecret() {
    // It keeps one key for all, so this comes last.
    // Its reader of the API throws where nobody can catch.
    const thrown = asked((done) => process.once('uncaughtException', done), 'the refusal');
    ari.connect(`http://${HOST}:${HTTP_PORT}`, USER, 'wrong').catch(() => {});
    wanted(String(await thrown).startsWith('401'), String(await thrown));
    return 'a refused key is thrown past its caller';
  },
});
