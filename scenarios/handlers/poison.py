"""Fails on every record whose key contains "poison": to see what a poison pill does to a shard.

    handler: {exec: [python3, handlers/poison.py]}
    handler: {exec: [python3, handlers/poison.py, --partial]}

Without an argument it raises, so that the whole batch fails and comes again. With --partial (on
Lambda: PARTIAL=1) it names the first such record in batchItemFailures; the mapping must have
ReportBatchItemFailures, else the answer counts as success. As a Lambda function: this file as it is,
handler `poison.handler`.
"""

import json
import os
import sys

PARTIAL = "--partial" in sys.argv[1:] or os.environ.get("PARTIAL") == "1"


def is_poison(record):
    values = [list(value.values())[0] for value in record["dynamodb"]["Keys"].values()]
    return any("poison" in value for value in values)


def handler(event, context):
    for record in event["Records"]:
        if not is_poison(record):
            continue
        number = record["dynamodb"]["SequenceNumber"]
        if not PARTIAL:
            raise ValueError(f"record {number} is poison")
        return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []} if PARTIAL else None


def serve():
    """Answers each event on standard input, a line of JSON, with a line of JSON."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a handler prints is no answer
    for line in sys.stdin:
        try:
            answer = handler(json.loads(line), None)
        except Exception as error:
            answer = {"errorMessage": str(error), "errorType": type(error).__name__}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve()
