// Acts once for each change that an application made, however often the change arrives.
//
// A change of a global table shows up in the stream of every region, and every stream is delivered
// at least once. This handler knows a change by the item's key and an attribute that the application
// sets anew with every write; what it has acted on it remembers in a file that all regions' consumers
// share.
//
//     handler: {exec: [node, handlers/dedupe.js, change_id, acted.txt]}
//     gtsim consume runs/split-brain/latest --region eu-west-1 -- node scenarios/handlers/dedupe.js change_id
//
// As a Lambda function: this file as it is, handler `dedupe.handler`, with the environment variables
// CHANGE_ATTRIBUTE and MEMORY_FILE in place of the arguments (a file system that the functions share,
// or rather a table with conditional puts in place of remember()). Without a file it remembers until
// its process ends.
//
// Prints `acted <change>` on standard error for every action; returns how often it has acted.
'use strict';

const fs = require('node:fs');
const readline = require('node:readline');

const isProgram = require.main === module;
const [attributeArgument, fileArgument] = isProgram ? process.argv.slice(2) : [];
const attribute = attributeArgument ?? process.env.CHANGE_ATTRIBUTE ?? 'change_id';
const memoryFile = fileArgument ?? process.env.MEMORY_FILE;

const memory = new Set();

// The names of maps in one order, so that equal keys have equal text.
function inOrder(name, value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

// The item's key and the mark of its write; a delete carries the mark of the write before it.
function changeOf(record) {
  const removed = record.eventName === 'REMOVE';
  const image = (removed ? record.dynamodb.OldImage : record.dynamodb.NewImage) ?? {};
  if (image[attribute] === undefined) return undefined;
  const parts = [record.dynamodb.Keys, image[attribute], ...(removed ? ['removed'] : [])];
  return JSON.stringify(parts, inOrder);
}

// What other processes have acted on since.
function recall() {
  if (!memoryFile || !fs.existsSync(memoryFile)) return;
  for (const line of fs.readFileSync(memoryFile, 'utf8').split('\n')) {
    if (line !== '') memory.add(line);
  }
}

function remember(change) {
  memory.add(change);
  if (memoryFile) fs.appendFileSync(memoryFile, change + '\n');
}

exports.handler = async (event, context) => {
  recall();
  let acted = 0;
  for (const record of event.Records) {
    const change = changeOf(record);
    if (change === undefined || memory.has(change)) continue;
    console.error('acted', change);
    remember(change);
    ++acted;
  }
  return {acted};
};

// Answers each event on standard input, a line of JSON, with a line of JSON.
async function serve() {
  console.log = console.error; // what a handler prints is no answer
  for await (const line of readline.createInterface({input: process.stdin})) {
    let answer;
    try {
      answer = await exports.handler(JSON.parse(line), undefined);
    } catch (error) {
      answer = {errorMessage: error.message, errorType: error.name};
    }
    process.stdout.write(JSON.stringify(answer ?? null) + '\n');
  }
}

if (isProgram) serve();
