"""Acts once for each change that an application made, however often the change arrives.

A change of a global table shows up in the stream of every region, and every stream is delivered at
least once. This handler knows a change by the item's key and an attribute that the application sets
anew with every write; what it has acted on it remembers in a file that all regions' consumers share.

    handler: {exec: [python3, handlers/dedupe.py, change_id, acted.txt]}
    gtsim consume runs/split-brain/latest --region eu-west-1 -- python3 scenarios/handlers/dedupe.py change_id

As a Lambda function: this file as it is, handler `dedupe.handler`, with the environment variables
CHANGE_ATTRIBUTE and MEMORY_FILE in place of the arguments (a file system that the functions share, or
rather a table with conditional puts in place of remember()). Without a file it remembers until its
process ends.

Prints `acted <change>` on standard error for every action; returns how often it has acted.
"""

import json
import os
import sys

ARGUMENTS = sys.argv[1:] if __name__ == "__main__" else []
ATTRIBUTE = ARGUMENTS[0] if ARGUMENTS else os.environ.get("CHANGE_ATTRIBUTE", "change_id")
MEMORY_FILE = ARGUMENTS[1] if len(ARGUMENTS) > 1 else os.environ.get("MEMORY_FILE")

memory = set()


def change_of(record):
    """The item's key and the mark of its write; a delete carries the mark of the write before it."""
    change = record["dynamodb"]
    removed = record["eventName"] == "REMOVE"
    image = change.get("OldImage" if removed else "NewImage", {})
    if ATTRIBUTE not in image:
        return None
    parts = [change["Keys"], image[ATTRIBUTE]] + (["removed"] if removed else [])
    return json.dumps(parts, sort_keys=True, separators=(",", ":"))


def recall():
    """What other processes have acted on since."""
    if MEMORY_FILE and os.path.exists(MEMORY_FILE):
        with open(MEMORY_FILE, encoding="utf-8") as lines:
            memory.update(line.rstrip("\n") for line in lines)


def remember(change):
    memory.add(change)
    if MEMORY_FILE:
        with open(MEMORY_FILE, "a", encoding="utf-8") as lines:
            lines.write(change + "\n")


def handler(event, context):
    recall()
    acted = 0
    for record in event["Records"]:
        change = change_of(record)
        if change is None or change in memory:
            continue
        print("acted", change, file=sys.stderr)
        remember(change)
        acted += 1
    return {"acted": acted}


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
