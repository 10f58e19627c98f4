// Run by tests/faults/strangers/test_node_client.py: node client.js --zmq tcp://HOST:PORT ... | --amqp URL --queue NAME ...
// Sends N tasks and prints one line of JSON for each outcome, and a summary.
//
// Its author had docs/wire and nothing else of this repository, in November 2026, and wrote down what he had to guess.
// The documents answer each of those guesses now. Changed here since: these first lines; vectors.js, which was a test;
// in message.js white space in front of a frame, the one guess that was wrong for the vectors; and in zmq_client.js the
// answer to a worker's goodbye, which is newer.

import { parseArgs } from 'node:util';
import { Ledger } from './ledger.js';

const USAGE = `node client.js --zmq tcp://HOST:PORT [--zmq another] | --amqp URL --queue NAME
  --task NAME --count N --in-flight K --deadline SECONDS [--max-attempts 5]`;

const OPTIONS = {
  zmq: { type: 'string', multiple: true },
  amqp: { type: 'string' },
  queue: { type: 'string', default: 'default' },
  task: { type: 'string' },
  count: { type: 'string', default: '1' },
  'in-flight': { type: 'string', default: '100' },
  deadline: { type: 'string', default: '60' },
  'max-attempts': { type: 'string', default: '5' },
};

function number(text, name, least, whole = true) {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least || (whole && !Number.isInteger(value))) throw new Error(`--${name} is wrong: ${text}`);
  return value;
}

function read() {
  const { values } = parseArgs({ options: OPTIONS });
  if (!values.task || [...values.task].length > 200) throw new Error('--task is a name of 1 to 200 characters');
  if (Boolean(values.zmq) === Boolean(values.amqp)) throw new Error('either --zmq or --amqp');
  return {
    ...values,
    count: number(values.count, 'count', 0),
    inFlight: number(values['in-flight'], 'in-flight', 1),
    deadlineMs: number(values.deadline, 'deadline', 0.001, false) * 1000,
    maxAttempts: number(values['max-attempts'], 'max-attempts', 1),
  };
}

// Writes to stderr, and no more than a hundred lines.
let said = 0;
function say(text) {
  said += 1;
  if (said <= 100) process.stderr.write(`${text}\n`);
}

const print = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

async function connect(options, ledger) {
  if (options.zmq) {
    const { ZmqClient } = await import('./zmq_client.js');
    return new ZmqClient(options.zmq, ledger, say);
  }
  const { AmqpClient } = await import('./amqp_client.js');
  return new AmqpClient(options.amqp, options.queue, ledger, say);
}

// Drains at the first signal, and gives up at the second.
function listen(ledger) {
  let signals = 0;
  const handle = () => {
    signals += 1;
    if (signals === 1) ledger.drain();
    else ledger.finish();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
}

async function main() {
  let options;
  let client;
  let ledger;
  try {
    options = read();
    ledger = new Ledger({ ...options, name: options.task, report: print });
    client = await connect(options, ledger);
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    process.exit(2);
  }
  listen(ledger);
  ledger.admit();
  await ledger.finished;
  const summary = ledger.summary();
  print(summary);
  process.exitCode = summary.without_outcome === 0 ? 0 : 1;
  setTimeout(() => process.exit(), 5000).unref();
  await client.close();
  process.removeAllListeners('SIGINT');
  process.removeAllListeners('SIGTERM');
}

await main();
