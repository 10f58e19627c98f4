// Run by tests/faults/strangers/test_node_worker.py: node worker.js zmq tcp://HOST:PORT | amqp URL QUEUE | vectors FILE
// A worker in another language: it imports nothing of ours, and does what docs/wire says.
"use strict";

const { randomBytes } = require("node:crypto");
const { decode, encode, isId, refusal, tagged, Refused } = require("./message.js");

const TASKS = {
  noop: ([number = 0]) => number,
  echo: (args, kwargs) => [args, kwargs],
  fail: () => { throw new TypeError("as asked"); },
};
const CREDIT = 1000;
const FRAME_BYTES = 18000; // of results: no more than 9000 members
const letters = (hex) => hex.replace(/./g, (digit) => "ghijklmnopqrstuv"["0123456789abcdef".indexOf(digit)]);
const ME = { id: letters(randomBytes(16).toString("hex")), implementation: "Node", version: process.versions.node, pid: process.pid };

const wrong = (task, code, message, type) => ({
  id: task.id, attempt: task.attempt || 1, status: "error", error: { code, message, retryable: false, ...(type && { type }) },
});

function perform(task, arrived) {
  const code = refusal(task);
  if (code) return isId(task.id) ? wrong({ id: task.id }, code, "a wrong field") : null;
  if (!Object.hasOwn(TASKS, task.name)) return wrong(task, "E_UNKNOWN_TASK", "no task is called so");
  const begun = performance.now();
  if (task.budget_ms !== undefined && begun - arrived >= task.budget_ms) return wrong(task, "E_DEADLINE", "no time left");
  try {
    const result = tagged(TASKS[task.name](task.args || [], task.kwargs || {}));
    const ended = performance.now();
    return {
      id: task.id, attempt: task.attempt || 1, status: "ok", result,
      queue_us: Math.round((begun - arrived) * 1000), run_us: Math.round((ended - begun) * 1000),
    };
  } catch (error) {
    return wrong(task, "E_TASK", String(error.message), error.name);
  }
}

// All results of a frame of tasks, in frames of FRAME_BYTES or one result.
function answers(tree) {
  const frames = [];
  let results = [], size = 0;
  for (const task of tree.tasks) {
    const result = perform(task || {}, performance.now());
    if (!result) continue;
    const bytes = Buffer.byteLength(JSON.stringify(result));
    if (results.length && size + bytes > FRAME_BYTES) {
      frames.push(results);
      [results, size] = [[], 0];
    }
    results.push(result);
    size += bytes;
  }
  if (results.length) frames.push(results);
  return frames.map((each) => encode({ kind: "results", worker: ME, results: each }));
}

const refused = (error) => encode({ kind: "error", error: { code: error.code, message: error.message, retryable: false } });

async function overZeromq(address) {
  const { Router } = require("zeromq");
  const socket = new Router({ mandatory: true, linger: 0, maxMessageSize: 8 * 1024 * 1024, receiveHighWaterMark: 0, tcpKeepalive: 1 });
  await socket.bind(address);
  console.log(`ready: ${socket.lastEndpoint}`);
  const clients = new Map();
  let sending = Promise.resolve(); // one send at a time, in order
  const say = (client, frame) => {
    sending = sending.then(() => socket.send([client, frame])).catch(() => clients.delete(client.toString("hex")));
  };
  setInterval(() => clients.forEach((client) => say(client, encode({ kind: "beat", held: [] }))), 1000).unref();
  for await (const [client, frame, ...more] of socket) {
    if (!frame || more.length) continue;
    try {
      const tree = decode(frame);
      if (tree.kind === "hello") {
        if (!tree.codecs.includes("json")) throw new Refused("E_CODEC", "JSON alone is spoken here");
        clients.set(client.toString("hex"), client);
        say(client, encode({ kind: "welcome", worker: ME, credit: CREDIT, concurrency: 1, codec: "json", codecs: ["json"], tasks: Object.keys(TASKS) }));
      } else if (tree.kind === "tasks") {
        for (const each of answers(tree)) say(client, each);
      } else if (tree.kind === "bye") {
        clients.delete(client.toString("hex"));
      } else if (tree.kind !== "cancel") {
        throw new Refused("E_MALFORMED", `${tree.kind} is nothing that a worker is sent`);
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(client, refused(error));
    }
  }
}

async function overAmqp(url, queue) {
  const connection = await require("amqplib").connect(url);
  let channel;
  for (;;) { // the client makes the queue; a "no" closes the channel
    channel = await connection.createConfirmChannel();
    channel.on("error", () => {});
    try {
      await channel.checkQueue(`runoff.tasks.${queue}`);
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await channel.prefetch(4);
  await channel.consume(`runoff.tasks.${queue}`, (delivery) => {
    if (delivery === null) process.exit(1); // the queue is gone: begin anew
    const reply = (frames, settle) => {
      if (!delivery.properties.replyTo || !frames.length) return settle();
      let left = frames.length, failed = false;
      const confirmed = (error) => {
        failed ||= Boolean(error);
        left -= 1;
        if (left) return;
        if (failed) channel.nack(delivery);
        else settle();
      };
      for (const frame of frames) channel.publish("runoff.replies", delivery.properties.replyTo, frame, { persistent: true }, confirmed);
    };
    try {
      const tree = decode(delivery.content);
      if (tree.kind !== "tasks") throw new Refused("E_MALFORMED", "only tasks travel in this queue");
      reply(answers(tree), () => channel.ack(delivery));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      reply([refused(error)], () => channel.reject(delivery, false));
    }
  });
  console.log("ready");
}

function overVectors(file) {
  const rows = JSON.parse(require("node:fs").readFileSync(file, "utf-8")).vectors;
  let wrongs = 0, read = 0;
  for (const row of rows.filter(({ codecs }) => codecs.length === 1)) {
    const frame = Buffer.concat(row.bytes.map(([part, times]) => Buffer.concat(Array(times).fill(Buffer.from(part, "latin1")))));
    let verdict = "ok", tasks;
    try {
      const tree = decode(frame);
      if (tree.kind === "tasks") tasks = tree.tasks.map((task) => refusal(task) || "ok");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      verdict = error.code;
    }
    read += 1;
    if (![].concat(row.frame).includes(verdict) || JSON.stringify(tasks) !== JSON.stringify(row.tasks)) {
      wrongs += 1;
      console.log(`${row.class}: ${row.name}: ${verdict} ${tasks || ""}`);
    }
  }
  console.log(`${read} read, ${wrongs} wrong`);
  process.exitCode = wrongs ? 1 : 0;
}

const [how, ...rest] = process.argv.slice(2);
const ways = { zmq: overZeromq, amqp: overAmqp, vectors: overVectors };
Promise.resolve(ways[how](...rest)).catch((error) => { console.error(error); process.exit(1); });
