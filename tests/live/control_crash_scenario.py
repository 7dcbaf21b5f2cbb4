"""Prints a scenario in which replicas come and go while their regions are killed and links are cut:
control_crash_scenario.py ROUNDS SEED

Every round a replica is added or removed, and within the second after that some region is killed, stands
still or is cut off, at a random step of the operation. What is ordered assumes that every earlier order was
taken; one that was not makes later ones refused, which the report tells.
"""
import random
import sys

REGIONS = ["ap-northeast-1", "eu-central-1", "eu-west-1", "us-east-1"]
ROUND_MS = 4000


def order(draw, group, at_ms):
    outside = [name for name in REGIONS if name not in group]
    adds = len(group) == 1 or (outside and draw.random() < 0.5)
    if adds:
        source, subject = draw.choice(sorted(group)), draw.choice(outside)
        group.add(subject)
        return (
            f"{{at: {at_ms}ms, add_replica: {{region: {subject}, source: {source}, "
            f"takes: {draw.randrange(0, 400)}ms, backfill: {draw.randrange(200, 4000)}/s}}}}"
        )
    subject = draw.choice(sorted(group))
    group.remove(subject)
    # By another member, or by itself (DeleteTable).
    asked = f"in: {draw.choice(sorted(group))}, " if draw.random() < 0.7 else ""
    return (
        f"{{at: {at_ms}ms, {asked}remove_replica: "
        f"{{region: {subject}, takes: {draw.randrange(0, 400)}ms}}}}"
    )


def fault(draw, at_ms):
    region = draw.choice(REGIONS)
    other = draw.choice([name for name in REGIONS if name != region])
    at = f"at: {at_ms + draw.randrange(0, 900)}ms"
    lasts_ms = draw.randrange(100, 1200)
    kind = draw.choice(["crash", "crash", "crash", "freeze", "cut", "isolate"])
    if kind == "crash":
        return f"{{{at}, crash: {region}, restart_after: {lasts_ms}ms}}"
    if kind == "cut":
        return f"{{{at}, cut: {{from: {region}, to: {other}}}, for: {lasts_ms}ms}}"
    return f"{{{at}, {kind}: {region}, for: {lasts_ms}ms}}"


def main():
    rounds, seed = int(sys.argv[1]), int(sys.argv[2])
    draw = random.Random(seed)
    group = {"eu-west-1", "us-east-1"}
    print(f"# {rounds} rounds of replicas that come and go under faults, seed {seed}.")
    print(f"regions: [{', '.join(REGIONS)}]")
    print("network: 5ms")
    print("replication: {retry: 200ms}")
    print("control_plane: {source_lock: 0s}")
    print("settle: 5m")
    print(f"tables: {{items: {{key: {{PK: S}}, regions: [{', '.join(sorted(group))}]}}}}")
    print("workload:")
    print(
        "  - {regions: all, rate: 40/s, keys: zipf(300), "
        f"mix: {{put: 70, delete: 30}}, for: {rounds * ROUND_MS // 1000 + 2}s}}"
    )
    print("steps:")
    for number in range(rounds):
        at_ms = ROUND_MS * number + 1000
        print("  - " + order(draw, group, at_ms))
        print("  - " + fault(draw, at_ms))
    print("expect:")
    print("  - converged: {within: 2m}")


main()
