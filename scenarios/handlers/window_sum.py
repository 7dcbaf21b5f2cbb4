"""Adds up a number attribute of new items, for each tumbling window.

    handler: {exec: [python3, handlers/window_sum.py, amount]}

With a tumbling window on the mapping, Lambda hands the state that one invocation returns to the next of the
same window and shard, and calls once more, without records, when the window is over. Then this function
prints `window <start>: <sum>` on standard error and returns nothing but {"total": sum}; a caller who wants
the figure for the whole table adds up what the shards report for the same start. Without a window every
invocation is on its own: it prints `batch: <sum>`.

Counts INSERT records only. As a Lambda function: this file as it is, handler `window_sum.handler`, with the
environment variable AMOUNT_ATTRIBUTE in place of the argument.
"""

import json
import os
import sys
from decimal import Decimal

ARGUMENTS = sys.argv[1:] if __name__ == "__main__" else []
ATTRIBUTE = ARGUMENTS[0] if ARGUMENTS else os.environ.get("AMOUNT_ATTRIBUTE", "amount")


def amount_of(record):
    value = record["dynamodb"].get("NewImage", {}).get(ATTRIBUTE, {})
    return Decimal(value.get("N", "0")) if record["eventName"] == "INSERT" else Decimal(0)


def handler(event, context):
    total = sum((amount_of(record) for record in event["Records"]), Decimal(0))
    if "window" not in event:
        print(f"batch: {total}", file=sys.stderr)
        return {"total": str(total)}
    # Kept as text: a sum of money must not become a binary fraction.
    total += Decimal(event.get("state", {}).get("sum", "0"))
    if event["isFinalInvokeForWindow"]:
        print(f"window {event['window']['start']}: {total}", file=sys.stderr)
        return {"total": str(total)}
    return {"state": {"sum": str(total)}}


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
