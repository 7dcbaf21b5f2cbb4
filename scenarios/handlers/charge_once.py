"""Charges for a new order in the order's home region alone.

The usual guard against acting once per region: the application writes its own region into the item,
and the function of every other region lets the record pass. It is no guard against a record that is
delivered twice; for that the function remembers what it has charged, until its process ends.

    handler: {exec: [python3, handlers/charge_once.py]}
    gtsim consume runs/split-brain/latest --region eu-west-1 -- python3 scenarios/handlers/charge_once.py

The region is AWS_REGION, which gtsim and Lambda set, or the first argument. As a Lambda function:
this file as it is, handler `charge_once.handler`.

Prints `charged <key>` on standard error for every charge; returns how many there were.
"""

import json
import os
import sys

ARGUMENTS = sys.argv[1:] if __name__ == "__main__" else []
REGION = ARGUMENTS[0] if ARGUMENTS else os.environ.get("AWS_REGION", "")

charged = set()


def handler(event, context):
    charges = 0
    for record in event["Records"]:
        change = record["dynamodb"]
        home = change.get("NewImage", {}).get("home", {}).get("S")
        key = json.dumps(change["Keys"], sort_keys=True, separators=(",", ":"))
        if record["eventName"] != "INSERT" or home != REGION or key in charged:
            continue
        print("charged", key, file=sys.stderr)
        charged.add(key)
        charges += 1
    return {"charged": charges}


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
