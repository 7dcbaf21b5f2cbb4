"""Answers each batch with what the attribute `answer` of its first record says, word for word; only
NUMBER-0, NUMBER-1 and so on in it become the sequence numbers of the batch's records.

    handler: {exec: [python3, handlers/answers.py]}

To see what the event source mapping makes of an answer (scenarios/what-an-answer-means.yaml).
"""

import json
import sys


def serve():
    """Answers each event on standard input, a line of JSON, with a line."""
    for line in sys.stdin:
        records = json.loads(line)["Records"]
        answer = records[0]["dynamodb"]["NewImage"]["answer"]["S"]
        for place, record in enumerate(records):
            answer = answer.replace(f"NUMBER-{place}", record["dynamodb"]["SequenceNumber"])
        print(answer, flush=True)


if __name__ == "__main__":
    serve()
