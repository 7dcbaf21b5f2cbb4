"""A search index over a table: one document per item, kept up from the table's stream.

With gtsim, as the handler of a consumer (it runs in the scenario's folder), or over a stream that a
run has left behind:

    handler: {exec: [python3, handlers/search_index.py]}
    gtsim consume runs/split-brain/latest --region eu-west-1 -- python3 scenarios/handlers/search_index.py

As a Lambda function: this file as it is, handler `search_index.handler`.

INSERT and MODIFY index the new image, REMOVE deletes the document. Under the record profile 2017 a
replicated delete comes as a MODIFY that sets aws:rep:deleting, then a REMOVE; with the argument
--respect-deleting (on Lambda: RESPECT_DELETING=1) that MODIFY is not indexed once more.
Returns the size of the index.
"""

import json
import os
import sys

RESPECT_DELETING = "--respect-deleting" in sys.argv[1:] or os.environ.get("RESPECT_DELETING") == "1"

index = {}


def document_id(record):
    return json.dumps(record["dynamodb"]["Keys"], sort_keys=True)


def is_deleting(image):
    return image.get("aws:rep:deleting", {}).get("BOOL") is True


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] == "REMOVE":
            index.pop(document_id(record), None)
            continue
        image = record["dynamodb"].get("NewImage")
        if image is None:
            raise ValueError("the stream has no new images; NEW_IMAGE or NEW_AND_OLD_IMAGES has")
        if RESPECT_DELETING and is_deleting(image):
            continue
        index[document_id(record)] = image
    return {"size": len(index)}


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
