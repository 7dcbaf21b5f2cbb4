// Adds up a number attribute of new items, for each tumbling window.
//
//     handler: {exec: [node, handlers/window_sum.js, amount]}
//
// With a tumbling window on the mapping, Lambda hands the state that one invocation returns to the next of
// the same window and shard, and calls once more, without records, when the window is over. Then this
// function prints `window <start>: <sum>` on standard error and returns nothing but {total}; a caller who
// wants the figure for the whole table adds up what the shards report for the same start. Without a window
// every invocation is on its own: it prints `batch: <sum>`.
//
// Counts INSERT records only, and whole numbers only (cents, say): a sum of money must not become a binary
// fraction. As a Lambda function: this file as it is, handler `window_sum.handler`, with the environment
// variable AMOUNT_ATTRIBUTE in place of the argument.
'use strict';

const readline = require('node:readline');

const isProgram = require.main === module;
const [attributeArgument] = isProgram ? process.argv.slice(2) : [];
const attribute = attributeArgument ?? process.env.AMOUNT_ATTRIBUTE ?? 'amount';

function amountOf(record) {
  if (record.eventName !== 'INSERT') return 0n;
  return BigInt(record.dynamodb.NewImage?.[attribute]?.N ?? '0');
}

exports.handler = async (event, context) => {
  let total = event.Records.reduce((sum, record) => sum + amountOf(record), 0n);
  if (event.window === undefined) {
    console.error(`batch: ${total}`);
    return {total: String(total)};
  }
  total += BigInt(event.state?.sum ?? '0');
  if (event.isFinalInvokeForWindow) {
    console.error(`window ${event.window.start}: ${total}`);
    return {total: String(total)};
  }
  return {state: {sum: String(total)}};
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
