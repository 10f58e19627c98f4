// Imported by client.js. Speaks with workers over RabbitMQ: makes what a client has to make, publishes, takes the replies.

import amqp from 'amqplib';
import { decode, encode, newId } from './message.js';

const BROKER = { toString: () => 'broker' };
const TICK_MS = 200;
const AGAIN_MS = 1000;
const MOST_TASKS = 10; // Keeps the tasks of one frame few: one worker gets all of it.

export class AmqpClient {
  constructor(url, queue, ledger, say) {
    if (queue.includes('.')) throw new Error('the name of a queue holds no dot');
    this.url = new URL(url);
    if (this.url.searchParams.get('durable') === 'no') throw new Error('durable=no is not spoken here');
    if ((this.url.searchParams.get('codec') ?? 'json') !== 'json') throw new Error('json is the one codec here');
    if (!this.url.searchParams.has('heartbeat')) this.url.searchParams.set('heartbeat', '10');
    Object.assign(this, { queue, ledger, say, name: newId(), planned: false });
    this.key = `${queue}.${this.name}`;
    this.replies = `runoff.reply.${this.name}`;
    this.frames = new Map(); // message id -> { tasks, returned }: published and not confirmed
    ledger.onReady = () => this.plan();
    this.timer = setInterval(() => ledger.tick(), TICK_MS);
    this.connect();
  }

  // Connects, and tries again each second for as long as it takes.
  async connect() {
    let connection = null;
    try {
      connection = await amqp.connect(this.url.href, { timeout: 5000 });
      if (this.closed) {
        await connection.close();
        return;
      }
      connection.on('error', (error) => this.say(`amqp: ${error.message}`));
      connection.on('close', () => this.down(connection));
      this.connection = connection;
      const channel = await connection.createConfirmChannel();
      channel.on('error', (error) => this.say(`amqp: ${error.message}`));
      channel.on('close', () => connection.close().catch(() => {}));
      channel.on('return', (message) => this.onReturn(message));
      await this.make(channel);
      await channel.prefetch(100);
      await channel.consume(this.replies, (message) => this.take(channel, connection, message));
      this.channel = channel;
      this.plan();
    } catch (error) {
      this.say(`amqp: ${error.message}`);
      if (!connection) this.later();
      else await connection.close().catch(() => {}); // Goes on in down().
    }
  }

  // Makes the exchanges and queues, as the table in the document has them.
  async make(channel) {
    const durable = { durable: true };
    await channel.assertExchange('runoff.tasks', 'topic', durable);
    await channel.assertExchange('runoff.replies', 'direct', durable);
    await channel.assertExchange('runoff.dead', 'topic', durable);
    await channel.assertExchange('runoff.returned', 'topic', durable);
    await channel.assertQueue('runoff.dead', { ...durable, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue('runoff.dead', 'runoff.dead', '#');
    await channel.assertQueue(this.replies, { ...durable, arguments: { 'x-queue-type': 'classic', 'x-expires': 600000 } });
    await channel.bindQueue(this.replies, 'runoff.replies', this.name);
    await channel.bindQueue(this.replies, 'runoff.dead', `*.${this.name}`);
    const tasks = `runoff.tasks.${this.queue}`;
    await channel.assertQueue(tasks, {
      ...durable,
      arguments: {
        'x-queue-type': 'quorum',
        'x-delivery-limit': 20,
        'x-dead-letter-exchange': 'runoff.dead',
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      },
    });
    await channel.bindQueue(tasks, 'runoff.tasks', `${this.queue}.*`);
  }

  // Takes the unconfirmed tasks back when the connection is gone, and connects again.
  down(connection) {
    if (this.connection !== connection) return;
    this.connection = null;
    this.channel = null;
    const frames = [...this.frames.values()];
    this.frames.clear();
    for (const { tasks } of frames) this.takeBack(tasks, 0);
    this.later();
  }

  later() {
    clearTimeout(this.timerAgain);
    if (!this.closed) this.timerAgain = setTimeout(() => this.connect(), AGAIN_MS);
  }

  takeBack(tasks, pauseMs) {
    for (const task of tasks) {
      if (task.holder === BROKER) this.ledger.takeBack(task, pauseMs);
    }
  }

  plan() {
    if (this.planned || this.closed) return;
    this.planned = true;
    setImmediate(() => {
      this.planned = false;
      if (!this.closed && this.channel) this.deal();
    });
  }

  deal() {
    const tasks = this.ledger.deal(() => BROKER).get(BROKER) ?? [];
    for (let i = 0; i < tasks.length; i += MOST_TASKS) this.publish(tasks.slice(i, i + MOST_TASKS));
  }

  publish(tasks) {
    const messageId = newId();
    const content = encode('tasks', { client: this.name, queue: this.queue, tasks: tasks.map((task) => this.ledger.wire(task)) });
    const options = { mandatory: true, persistent: true, replyTo: this.name, contentType: 'application/json', messageId };
    this.frames.set(messageId, { tasks, returned: false });
    try {
      this.channel.publish('runoff.tasks', this.key, content, options, (error) => this.onConfirm(messageId, error));
    } catch (error) {
      this.onConfirm(messageId, error);
    }
  }

  // Marks a frame that no queue took; its confirmation comes behind.
  onReturn(message) {
    const frame = this.frames.get(message.properties.messageId);
    if (frame) frame.returned = true;
  }

  onConfirm(messageId, error) {
    const frame = this.frames.get(messageId);
    if (!frame) return;
    this.frames.delete(messageId);
    if (!error && !frame.returned) return;
    this.say(`amqp: a frame was ${frame.returned ? 'returned' : 'not confirmed'}`);
    this.takeBack(frame.tasks, AGAIN_MS);
    if (frame.returned && this.channel) this.make(this.channel).catch(() => {});
  }

  // Takes one message of the reply queue; a bad one is counted and dropped.
  take(channel, connection, message) {
    if (!message) { // The queue is gone.
      if (!this.closed) connection.close().catch(() => {});
      return;
    }
    try {
      const frame = decode(message.content);
      const death = message.properties.headers?.['x-death'];
      if (death && frame.kind === 'tasks') this.onDead(frame, death);
      else if (frame.kind === 'results') for (const result of frame.results) this.ledger.give(result, BROKER);
      else if (frame.kind === 'error') this.say(`amqp: ${frame.error.code} ${frame.error.message}`);
      else throw new Error(`${frame.kind} is not for a client`);
    } catch (error) {
      this.ledger.stats.malformed += 1;
      this.say(`amqp: dropped a frame: ${error.code ?? ''} ${error.message}`);
    }
    try {
      channel.ack(message);
    } catch {
      // The channel is closed: the broker gives the message again.
    }
  }

  // Tries the tasks of a dead letter again, those that are still in the attempt it tells of.
  onDead(frame, death) {
    const reason = String(death[0]?.reason ?? 'dead');
    for (const { id, attempt } of frame.tasks) {
      const task = this.ledger.open.get(id);
      if (task && task.attempt === attempt) this.ledger.lose(id, BROKER, reason, TICK_MS * task.attempt);
    }
  }

  async close() {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.timerAgain);
    const { connection, channel } = this;
    this.connection = null;
    await channel?.deleteQueue(this.replies).catch(() => {});
    await connection?.close().catch(() => {});
  }
}
