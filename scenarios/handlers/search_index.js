// A search index over a table: one document per item, kept up from the table's stream.
//
// With gtsim, as the handler of a consumer (it runs in the scenario's folder), or over a stream that a
// run has left behind:
//
//     handler: {exec: [node, handlers/search_index.js]}
//     gtsim consume runs/split-brain/latest --region eu-west-1 -- node scenarios/handlers/search_index.js
//
// As a Lambda function: this file as it is, handler `search_index.handler`.
//
// INSERT and MODIFY index the new image, REMOVE deletes the document. Under the record profile 2017
// a replicated delete comes as a MODIFY that sets aws:rep:deleting, then a REMOVE; with the argument
// --respect-deleting (on Lambda: RESPECT_DELETING=1) that MODIFY is not indexed once more.
// Returns the size of the index.
'use strict';

const readline = require('node:readline');

const respectDeleting =
  process.argv.slice(2).includes('--respect-deleting') || process.env.RESPECT_DELETING === '1';

const index = new Map();

function documentId(record) {
  return JSON.stringify(Object.entries(record.dynamodb.Keys).sort());
}

exports.handler = async (event, context) => {
  for (const record of event.Records) {
    if (record.eventName === 'REMOVE') {
      index.delete(documentId(record));
      continue;
    }
    const image = record.dynamodb.NewImage;
    if (image === undefined) {
      throw new Error('the stream has no new images; NEW_IMAGE or NEW_AND_OLD_IMAGES has');
    }
    if (respectDeleting && image['aws:rep:deleting']?.BOOL === true) continue;
    index.set(documentId(record), image);
  }
  return {size: index.size};
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

if (require.main === module) serve();
