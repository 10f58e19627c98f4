// Imported by client.js. Speaks with workers over ZeroMQ: a DEALER for each.

import { Dealer } from 'zeromq';
import { decode, encode, newId } from './message.js';

const BEAT_MS = 1000;
const SILENCE_MS = 4000;
const REOPEN_MS = 250;
const TICK_MS = 200;
const MOST_TASKS = 500; // Keeps a frame far below 10 000 members.

class Link {
  constructor(url, owner) {
    Object.assign(this, { url: url.replace(/^zmq\+/, ''), owner, ledger: owner.ledger });
    this.held = new Map(); // id -> beats in a row that did not name it; -1: sent behind the last beat
    this.open();
  }

  open() {
    this.state = 'new';
    this.left = false;
    this.credit = 0;
    this.concurrency = 1;
    this.outbox = [];
    this.sending = false;
    this.helloAt = -Infinity;
    this.pausedUntil = 0;
    this.sock = new Dealer({
      immediate: true, linger: 0, receiveHighWaterMark: 0,
      heartbeatInterval: BEAT_MS, heartbeatTimeout: SILENCE_MS, heartbeatTimeToLive: SILENCE_MS,
    });
    const { sock } = this;
    sock.events.on('disconnect', () => this.sock === sock && this.lose('the connection is gone'));
    sock.connect(this.url);
    this.read(sock);
    this.hello();
  }

  async read(sock) {
    try {
      for await (const parts of sock) {
        if (this.sock !== sock) return;
        this.seenAt = this.ledger.now();
        this.take(parts);
      }
    } catch (error) {
      if (this.sock === sock) this.lose(error.message);
    }
  }

  // Sends what is in the outbox, one after the other.
  async flush() {
    const { sock } = this;
    if (this.sending) return;
    this.sending = true;
    try {
      while (this.sock === sock && this.outbox.length) await sock.send(this.outbox.shift());
    } catch (error) {
      if (this.sock === sock) this.owner.say(`${this.url}: ${error.message}`);
    }
    if (this.sock === sock) this.sending = false;
  }

  post(kind, fields) {
    this.outbox.push(encode(kind, fields));
    this.flush();
  }

  // Says hello, unless the last one still waits for a connection.
  hello() {
    this.helloAt = this.ledger.now();
    if (!this.sending) this.post('hello', { client: this.owner.name, codecs: ['json'] });
  }

  // Takes one message; a bad one is counted and dropped.
  take(parts) {
    try {
      if (parts.length !== 1) throw new Error(`${parts.length} parts`);
      const frame = decode(parts[0]);
      const handler = `on_${frame.kind}`;
      if (!this[handler]) throw new Error(`${frame.kind} is not for a client`);
      this[handler](frame);
    } catch (error) {
      this.ledger.stats.malformed += 1;
      this.owner.say(`${this.url}: dropped a frame: ${error.code ?? ''} ${error.message}`);
    }
  }

  on_welcome(frame) {
    if (frame.codec !== 'json') {
      this.refuse(`its codec is ${frame.codec}`);
      return;
    }
    this.credit = frame.credit;
    this.concurrency = Math.max(1, frame.concurrency);
    if (this.state === 'new') this.state = 'ready';
    this.ledger.onReady();
  }

  on_results(frame) {
    for (const result of frame.results) {
      if (result?.status === 'released') this.pausedUntil = this.ledger.now() + TICK_MS;
      this.ledger.give(result, this);
      // Keeps what an answer to an earlier attempt did not end.
      if (this.ledger.open.get(result?.id)?.holder !== this) this.held.delete(result?.id);
    }
    this.ledger.onReady();
  }

  on_beat(frame) {
    if ('credit' in frame) this.credit = frame.credit;
    const there = new Set(frame.held);
    for (const [id, missed] of this.held) {
      if (there.has(id)) this.held.set(id, 0);
      else if (missed < 1) this.held.set(id, missed + 1);
      else {
        this.held.delete(id);
        this.ledger.lose(id, this, 'missing from two beats');
      }
    }
    this.ledger.onReady();
  }

  on_bye() {
    this.state = 'leaving';
  }

  on_error(frame) {
    const { code, message } = frame.error;
    if (this.state === 'new') this.refuse(`${code} ${message}`);
    else this.owner.say(`${this.url}: ${code} ${message}`);
  }

  refuse(why) {
    this.state = 'refused';
    this.owner.say(`${this.url}: not used: ${why}`);
  }

  // Gives the tasks back that are here, and begins with a new connection.
  lose(why) {
    const ids = [...this.held.keys()];
    this.held.clear();
    this.state = 'down';
    this.drop();
    this.reopenAt = this.ledger.now() + REOPEN_MS;
    if (ids.length) this.owner.say(`${this.url}: lost with ${ids.length} tasks: ${why}`);
    for (const id of ids) this.ledger.lose(id, this, why);
  }

  drop() {
    const { sock } = this;
    this.sock = null;
    sock?.close();
  }

  free() {
    if (this.state !== 'ready' || this.pausedUntil > this.ledger.now()) return 0;
    return this.credit - this.held.size;
  }

  send(tasks) {
    for (let i = 0; i < tasks.length; i += MOST_TASKS) {
      const part = tasks.slice(i, i + MOST_TASKS);
      this.post('tasks', { client: this.owner.name, tasks: part.map((task) => this.ledger.wire(task)) });
    }
  }

  // Looks at the clock: silence, the next hello, the next connection. `late` is our own delay.
  tick(late) {
    const now = this.ledger.now();
    this.seenAt += late;
    if (this.state === 'down') {
      if (now >= this.reopenAt) this.open();
    } else if ((this.state === 'ready' || this.held.size) && now - this.seenAt > SILENCE_MS) {
      this.lose('four seconds without a sign of life');
    } else if (this.state === 'new' && now - this.helloAt >= BEAT_MS) {
      this.hello();
    } else if (this.state === 'leaving' && !this.held.size && !this.left) {
      this.left = true;
      this.post('bye');
    }
  }

  // Says bye where somebody may hear it.
  async close() {
    const { sock } = this;
    if (!sock || this.sending || this.state === 'new') return this.drop();
    this.sock = null;
    sock.linger = 500;
    await Promise.race([sock.send(encode('bye')).catch(() => {}), new Promise((resolve) => { setTimeout(resolve, 500).unref(); })]);
    return sock.close();
  }
}

export class ZmqClient {
  constructor(urls, ledger, say) {
    Object.assign(this, { ledger, say, name: newId(), planned: false });
    ledger.onReady = () => this.plan();
    ledger.onExpired = (id, link) => link.sock && link.held.has(id) && link.post('cancel', { ids: [id] });
    this.links = urls.map((url) => new Link(url, this));
    this.tickedAt = ledger.now();
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  tick() {
    const now = this.ledger.now();
    const late = now - this.tickedAt > 2000 ? now - this.tickedAt : 0;
    this.tickedAt = now;
    for (const link of this.links) link.tick(late);
    this.ledger.tick();
  }

  // Deals once at the end of this turn, so that what is waiting travels together.
  plan() {
    if (this.planned || this.closed) return;
    this.planned = true;
    setImmediate(() => {
      this.planned = false;
      if (!this.closed) this.deal();
    });
  }

  deal() {
    const links = this.links.filter((link) => link.free() > 0);
    if (!links.length) return;
    const ready = this.links.filter((link) => link.state === 'ready');
    const load = (link) => link.held.size / link.concurrency;
    const dealt = this.ledger.deal((task) => {
      let best = null;
      for (const link of links) {
        if (link.free() <= 0 || (link === task.avoid && ready.length > 1)) continue;
        if (!best || load(link) < load(best)) best = link;
      }
      best?.held.set(task.id, -1);
      return best;
    });
    for (const [link, tasks] of dealt) link.send(tasks);
  }

  async close() {
    this.closed = true;
    clearInterval(this.timer);
    await Promise.all(this.links.map((link) => link.close()));
  }
}
