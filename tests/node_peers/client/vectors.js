// Run by tests/faults/strangers/test_node_client.py: node vectors.js FILE. Reads every row of vectors.json and compares the verdicts.

import { readFileSync } from 'node:fs';
import { decode, judgeResult, judgeTask } from './message.js';

const { vectors } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

function verdict(bytes, codecs) {
  try {
    return { frame: 'ok', tree: decode(bytes, codecs) };
  } catch (error) {
    if (!error.code?.startsWith('E_')) throw error;
    return { frame: error.code };
  }
}

let wrong = 0;
for (const row of vectors) {
  const bytes = Buffer.concat(row.bytes.map(([text, times]) => Buffer.from(text.repeat(times), 'latin1')));
  const { frame, tree } = verdict(bytes, row.codecs);
  const tasks = tree?.kind === 'tasks' ? tree.tasks.map(judgeTask) : undefined;
  const results = tree?.kind === 'results' ? tree.results.map(judgeResult) : [];
  if ([row.frame].flat().includes(frame) && (!row.tasks || `${tasks}` === `${row.tasks}`) && results.every((one) => one === 'ok')) continue;
  wrong += 1;
  console.log(`${row.class}: ${row.name}: ${frame} ${tasks ?? ''}`);
}
console.log(`${vectors.length} read, ${wrong} wrong`);
process.exitCode = wrong ? 1 : 0;
