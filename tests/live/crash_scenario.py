"""Prints a scenario of random crashes, freezes, cuts and bad links under load: crash_scenario.py ROUNDS SEED

A new fault begins every second and lasts up to 1.4 s, never in the region of the one before, so that
faults overlap but no region is crashed while it is frozen.
"""
import random
import sys

REGIONS = ["ap-northeast-1", "eu-west-1", "us-east-1"]


def fault(draw, region, at_ms):
    lasts_ms = draw.randrange(200, 1400)
    other = draw.choice([name for name in REGIONS if name != region])
    kind = draw.choice(["crash", "crash", "freeze", "cut", "isolate", "link"])
    at = f"at: {at_ms}ms"
    if kind == "crash":
        return f"{{{at}, crash: {region}, restart_after: {lasts_ms}ms}}"
    if kind == "freeze":
        return f"{{{at}, freeze: {region}, for: {lasts_ms}ms}}"
    if kind == "cut":
        return f"{{{at}, cut: {{from: {region}, to: {other}}}, for: {lasts_ms}ms}}"
    if kind == "isolate":
        return f"{{{at}, isolate: {region}, for: {lasts_ms}ms}}"
    bad = draw.choice(["loss: 40%", "duplicate: 40%", "reorder: 40%", "latency: 300ms"])
    return f"{{{at}, link: {{from: {region}, to: {other}, {bad}}}, for: {lasts_ms}ms}}"


def main():
    rounds, seed = int(sys.argv[1]), int(sys.argv[2])
    draw = random.Random(seed)
    print(f"# {rounds} rounds of random faults, seed {seed}.")
    print(f"regions: [{', '.join(REGIONS)}]")
    print("network: 5ms")
    print("replication: {retry: 200ms}")
    print("settle: 2m")
    print("workload:")
    print(
        "  - {regions: all, rate: 60/s, keys: zipf(300), "
        f"mix: {{put: 60, update: 30, delete: 10}}, for: {rounds + 2}s}}"
    )
    print("steps:")
    before = None
    for number in range(rounds):
        region = draw.choice([name for name in REGIONS if name != before])
        before = region
        print("  - " + fault(draw, region, 1000 * (number + 1) + draw.randrange(0, 400)))
    print("expect:")
    print("  - converged: {within: 2m}")


main()
