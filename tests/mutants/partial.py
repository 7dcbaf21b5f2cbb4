# Fails every third record the first time it comes, and names those that failed. Says "done" once for
# each record that it has processed.
import json
import sys

seen = set()
done = set()
for line in sys.stdin:
    failures = []
    for record in json.loads(line)["Records"]:
        number = record["dynamodb"]["SequenceNumber"]
        if number in done:
            continue
        first = number not in seen
        seen.add(number)
        if first and len(seen) % 3 == 0:
            failures.append({"itemIdentifier": number})
            continue
        done.add(number)
        print("done", number, file=sys.stderr, flush=True)
    print(json.dumps({"batchItemFailures": failures}), flush=True)
