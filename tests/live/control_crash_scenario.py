"""Prints a scenario in which replicas, tables and streams come and go while their regions are killed and
links are cut: control_crash_scenario.py ROUNDS SEED

Every round a replica is added or removed, and in the same second a table of one region is created or deleted,
or its stream turned on or off; within the second after that some region is killed, stands
still or is cut off, at a random step of the operation. What is ordered assumes that every earlier order was
taken; one that was not makes later ones refused, which the report tells.
"""
import random
import sys

REGIONS = ["ap-northeast-1", "eu-central-1", "eu-west-1", "us-east-1"]
ROUND_MS = 4000
SOLO = "us-east-1"


def order(draw, group, at_ms):
    outside = [name for name in REGIONS if name not in group]
    adds = len(group) == 1 or (outside and draw.random() < 0.5)
    if adds:
        source, subject = draw.choice(sorted(group)), draw.choice(outside)
        group.add(subject)
        return (
            f"{{at: {at_ms}ms, add_replica: {{table: items, region: {subject}, source: {source}, "
            f"takes: {draw.randrange(0, 400)}ms, backfill: {draw.randrange(200, 4000)}/s}}}}"
        )
    subject = draw.choice(sorted(group))
    group.remove(subject)
    # By another member, or by itself (DeleteTable).
    asked = f"in: {draw.choice(sorted(group))}, " if draw.random() < 0.7 else ""
    return (
        f"{{at: {at_ms}ms, {asked}remove_replica: "
        f"{{table: items, region: {subject}, takes: {draw.randrange(0, 400)}ms}}}}"
    )


# Of a table in one region only. `state`: whether it and its stream are there.
def solo_order(draw, state, at_ms):
    takes = f"takes: {draw.randrange(0, 400)}ms"
    place = f"table: solo, region: {SOLO}"
    if not state["table"]:
        state.update(table=True, stream=draw.random() < 0.5)
        view = "KEYS_ONLY" if state["stream"] else "off"
        return f"{{at: {at_ms}ms, create_table: {{{place}, stream: {view}, {takes}}}}}"
    if draw.random() < 0.4:
        state.update(table=False)
        return f"{{at: {at_ms}ms, delete_table: {{{place}, {takes}}}}}"
    state["stream"] = not state["stream"]
    change = "enable: NEW_IMAGE" if state["stream"] else "disable: true"
    return f"{{at: {at_ms}ms, stream: {{{place}, {change}, {takes}}}}}"


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
    print("tables:")
    print(f"  items: {{key: {{PK: S}}, regions: [{', '.join(sorted(group))}]}}")
    print("  solo: {key: {PK: S}, regions: none}")
    print("workload:")
    print(
        f"  - {{table: solo, regions: [{SOLO}], rate: 10/s, keys: uniform(20), "
        f"for: {rounds * ROUND_MS // 1000 + 2}s}}"
    )
    print(
        "  - {table: items, regions: all, rate: 40/s, keys: zipf(300), "
        f"mix: {{put: 70, delete: 30}}, for: {rounds * ROUND_MS // 1000 + 2}s}}"
    )
    print("steps:")
    state = {"table": False, "stream": False}
    for number in range(rounds):
        at_ms = ROUND_MS * number + 1000
        print("  - " + solo_order(draw, state, at_ms + draw.randrange(0, 500)))
        print("  - " + order(draw, group, at_ms))
        print("  - " + fault(draw, at_ms))
    print("expect:")
    print("  - converged: {within: 2m}")


main()
