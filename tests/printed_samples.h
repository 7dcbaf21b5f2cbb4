// Scenarios in which every field of the language stands, and values that are hard to write: what
// the shipped ones have no use for.
#pragma once

#include <string>
#include <vector>

namespace gtsim {

struct PrintedSample {
  std::string text;
  std::string path = "folder/some-name.yaml";
};

inline std::vector<PrintedSample> printed_samples() {
  return {
      // ---- the whole
      {"regions: [a]\n"},
      {"regions: [b, a]\n", "some-name.yaml"},
      {"regions: [a]\n", "/some-name.yaml"},
      {"# One line\n#\n#   indented, and a # sign  \n# yaml-language-server: $schema=x\n# last\n"
       "name: 'true'\nseed: 0\nstart: 2026-03-29T00:59:59.5Z\nduration: 24h55m0.000001s\n"
       "history: off\nsettle: 1us\ndrain: 0s\nlimits: {backlog: 5, events: 6}\n"
       "replication: {batch: 1, in_flight: 2, lanes: 7, retry: 3s, coalesce: 4s}\n"
       "control_plane: {source_lock: 0s, durations: service}\nregions: [a]\n"},
      {"name: \"a: b # c, [d] \\\"e\\\" \\\\ 'f' \xC3\xA9\xE2\x80\xA8\"\nseed: "
       "2305843009213693951\n"
       "history: full\nregions: {a: {fsync: 2ms, clock: {offset: -1h, drift: -0.001ppm}}, b: }\n"},
      {"name: 2026-01-01\nregions: ['2026', \"1e5\", 'null', 'true', x_1.y-z]\n"
       "steps: [{at: 1s, in: '2026', put: {PK: a}}]\n"},
      // ---- the network
      {"regions: [a, b]\nnetwork: empirical(1ms, 2ms, 1m)\n"},
      {"regions: [us-east-1, eu-west-1]\nnetwork: aws-lag\n"},
      {"regions: [us-east-1, eu-west-1]\nnetwork: aws-lag\nreplication: {retry: 1s}\n"},
      {"regions: [us-east-1, eu-west-1]\nnetwork: aws\nreplication: {retry: 10s}\n"},
      {"regions: [us-east-1, eu-west-1]\nnetwork: {default: {latency: aws, lag: lognormal(600ms, "
       "0.6), loss: 0.7%}}\nreplication: {retry: 10s, batch: 7}\n"},
      {"regions: [us-east-1, eu-west-1]\nnetwork: {links: [{between: [us-east-1, eu-west-1], lag: "
       "1s}]}\n"},
      {"regions: [a, b, c]\nnetwork:\n  default: {latency: 'pareto(20ms, 2.5)', jitter: 0s, loss: "
       "33.333333333333336%, duplicate: 0.0000001%, reorder: 7%, bandwidth: 3B/s, lag: 1s}\n"
       "  links:\n    - {between: [b, a], jitter: 'uniform(1ms, 1.5ms)'}\n    - {from: a, to: b, "
       "loss: "
       "1%}\n    - {from: b, to: c, latency: 'normal(1s, 0s)', bandwidth: 10MB/s}\n    - {from: c, "
       "to: "
       "b, latency: 'normal(1s, 0s)', bandwidth: 10240KB/s}\n"},
      {"regions: {a: , b: {clock: {offset: 1us}}}\nnetwork: {default: {latency: 80ms, lag: 1s}}\n"},
      {"regions: {a: , b: {clock: {drift: 1ppm}}}\nnetwork: {default: {latency: 80ms, lag: "
       "lognormal(600ms, 0.6)}}\n"},
      {"regions: {us-east-1: , eu-west-1: {fsync: 1us}}\nnetwork: {default: {latency: aws, lag: "
       "1s}}\n"},
      {"regions: [us-east-1, eu-west-1]\nlimits: {events: 6}\nnetwork: {default: {latency: 50ms, "
       "lag: "
       "lognormal(600ms, 0.6), jitter: 1s}}\n"},
      // ---- tables
      {"regions: [a, b, c]\ntables:\n  one: {key: {'null': S, '~': B}, regions: [a], stream: "
       "KEYS_ONLY}\n"
       "  two: {key: {\"a: b\": N}, regions: none, stream: off, shards: 9, rollover: 1m}\n"
       "  three: {ttl: {attribute: x, delay: 0s, by: all}, capacity: {write: 5/s, regions: {b: "
       "unlimited, c: 7/s}}, backfill_records: true, record_time: origin, record_profile: marked}\n"
       "  four: {regions: [a, b], ttl: x, capacity: 120/m, record_profile: 2017}\n"
       "  five: {regions: b}\n  six: {regions: b, stream: OLD_IMAGE}\n  seven:\n"},
      {"regions: [a]\ntables: {table: {stream: NEW_IMAGE}}\n"},
      {"regions: [a, b]\ntables: {table: {regions: none}}\nsteps:\n"
       "  - {at: 1s, create_table: {region: a, stream: NEW_IMAGE, takes: 3s}}\n"
       "  - {at: 1m, add_replica: {region: b, source: a, takes: 0s, backfill: 60000/m}}\n"
       "  - {at: 2m, stream: {region: a, enable: KEYS_ONLY}, outcome: invalid}\n"},
      {"regions: [a, b]\nlimits: {backlog: 5}\ntables:\n  one: {ttl: {attribute: x, by: all}, "
       "stream: "
       "KEYS_ONLY}\n  two: {ttl: {attribute: x, delay: 1s}, regions: a, stream: "
       "NEW_AND_OLD_IMAGES}\n"
       "workload:\n  - {table: one, count: 1, regions: a, fail_over: {to: b, after: 5}, size: "
       "'uniform(100, 200)'}\n"
       "  - {table: one, count: 1, regions: a, fail_over: {to: b, back: 2m}, size: 'uniform(200, "
       "201)'}\n"
       "  - {table: two, count: 1}\n"
       "consumers:\n  one: {table: one, region: all, wants: {region: a}, faults: {fail: 1%}}\n"
       "  two: {table: two, wants: {events: [INSERT]}, faults: {fail_every: 1}}\n"
       "  three: {table: two, region: a, wants: {ttl: true}, faults: {poison: {PK: a}}}\n"
       "  four: {table: two, wants: {origin: application, ttl: true}, faults: {timeout: 1s}}\n"
       "  five: {table: two, wants: {origin: all, ttl: false}, faults: {slow_every: 1, slow: 1s}}\n"
       "  six: {table: one, region: [a, b], wants: {origin: replication, region: b}}\n"
       "steps:\n  - {at: 1s, unavailable: {region: a, error: InternalServerError}}\n"
       "  - {at: 1s, unavailable: {region: a, operations: [put]}}\n"
       "  - {at: 1s, unavailable: {region: a, answer: lost}}\n"
       "  - {at: 1s, unavailable: {region: a, delay: 1s, error: ServiceUnavailable}}\n"
       "  - {at: 1s, unavailable: {region: a, delay: 1s, answer: lost}}\n"
       "expect:\n  - conflicts: {count: 1, table: two}\n  - conflicts: {count: 1, winner: a}\n"
       "  - conflicts: {count: 1, loser: a}\n  - lost_writes: {acknowledged: 1, table: two}\n"
       "  - lost_writes: {acknowledged: 1, region: a}\n"},
      // ---- workload and replay
      {"regions: [a, b, c]\ntables: {t: {ttl: x}, u: {regions: [a, b]}}\nworkload:\n"
       "  - {table: t, rate: 0.5/h, arrival: constant, keys: 'hot(100, 5, 80%)', count: 3, size: "
       "'uniform(100, 2KB)', expires_after: 1h, fail_over: {to: b, after: 5, back: 2m}, regions: "
       "a}\n"
       "  - {table: u, regions: all, for: 1m, mix: {put: 1, transact: 2, increment: 3, "
       "put_if_absent: "
       "4, delete: 5, update: 6}, region_attribute: 'no', start: 5s}\n"
       "  - {table: u, regions: [b], rate: 7/m, keys: 'zipf(7, 0.3)', for: 1m, count: 7, "
       "fail_over: {to: a, "
       "stay: true}}\n"
       "  - {table: t, rate: 3.3333333333333335/s, size: 1KB, for: 1m, regions: [a], fail_over: b, "
       "mix: "
       "{delete: 1}}\n"},
      {"regions: [a, b]\ntables: {t: {}, u: {}}\nreplay:\n"
       "  - {trace: traces/checkout.jsonl, speed: 0.1, start: 3s, table: u, region: b}\n"
       "  - {trace: ./traces/checkout.jsonl}\n",
       "scenarios/some-name.yaml"},
      {"regions: [a, b]\nreplay:\n"
       "  - {trace: scenarios/traces/checkout.jsonl}\n",
       "some-name.yaml"},
      {"regions: [a, b]\nreplay: [{records: traces/recorded-stream.json, region: b}]\n",
       "scenarios/some-name.yaml"},
      // ---- consumers
      {"regions: [a, b, c]\ntables: {t: {regions: [a, b]}}\nconsumers:\n"
       "  everywhere: {region: all, wants: all, handler: {exec: [python3, '-c', \"print('x')\"]}}\n"
       "  two: {region: [b, a], filter: '{\"eventName\": [ \"INSERT\" ]}', wants: {origin: "
       "application, "
       "region: a, events: [REMOVE, INSERT], ttl: true}}\n"
       "  one: {region: b, filter: [{eventName: [INSERT]}, {dynamodb: {NewImage: {n: {N: ['42']}, "
       "x: {S: "
       "[{exists: false}, {prefix: 'true'}]}}}}], wants: replication, starting_position: LATEST, "
       "start: "
       "1s, start_gap: 2s, shard_discovery: 3s, stop: 1h, batch_size: 7, batching_window: 5m, "
       "bisect_on_error: true, maximum_retry_attempts: 0, maximum_record_age: 1h, "
       "report_batch_item_failures: true, tumbling_window: 15m, on_failure: bucket, retry_delay: "
       "3s, "
       "handler: {http: 'http://127.0.0.1:9000/a?b=c'}, takes: 'uniform(1ms, 2ms)', real_time: "
       "true, "
       "time_limit: 5s, faults: {fail_every: 3, fail: 5%, poison: {PK: '7'}, slow_every: 4, slow: "
       "5s, "
       "timeout: 3s}}\n"
       "  lanes: {region: a, parallelization_factor: 10, maximum_retry_attempts: forever, wants: "
       "{ttl: "
       "false}}\n"
       "expect:\n"
       "  - filter: {consumer: two, missed: 0, let_through: \"> 3\", duplicates: 1 .. 5, event: "
       "INSERT, "
       "origin_region: a}\n"
       "  - deliveries: {consumer: everywhere@a, event: REMOVE, origin: APPLICATION, "
       "origin_region: b, "
       "records: == 3, duplicates: <= 4, given_up: 0, expired: 0, behind: 0}\n"
       "  - deliveries: {consumer: one, out_of_order: 0, invocations: 1, failed_invocations: 2, "
       "matches: "
       "golden/x.jsonl}\n"
       "  - per_write: {consumers: one, missed: 0}\n"
       "  - per_write: {consumers: [one, two], once: 1, more_than_once: 2}\n"
       "  - iterator_age: {consumer: one, p50: 1s..5s, p90: < 2s, p99: <= 150ms, p999: \"> 1s\", "
       "max: 3s}\n"
       "  - output: {consumer: one, matches: /absolute/x.jsonl, contains: ': #', lines: 3}\n"
       "steps:\n  - {at: 1s, crash_consumer: two, for: 3s}\n  - {at: 2s, crash_consumer: two@a, "
       "for: 3s}\n"},
      // ---- writes
      {"regions: [a]\ntables: {t: {key: {PK: S, SK: N}}}\nsteps:\n"
       "  - {at: 3s, put: {PK: 1, SK: 1e125, n: -0.5, s: '-0.5', t: 'true', u: 'null', v: 'True', "
       "w: '', x: "
       "' a', y: 'a ', z: \"a\\tb\\nc\\x7f\\0\"}}\n"
       "  - {at: 2s, put: {PK: '0x1', SK: 0, a: [1, x, [], {}, null, true], m: {S: x, N: y}, one: "
       "{M: {S: "
       "x}}, nested: {M: {M: {M: {N: '1'}}}}, b: {B: ''}, c: {B: '/+A='}, ss: {SS: ['1', 'a(', "
       "'b)', "
       "'null', 'a, b']}, ns: {NS: [1, 2.50, 1e-130, -1.5e-40, 12e120, 9.99e125, "
       "-12345678901234567890123456789012345678, 0.12345678901234567890123456789012345678]}, bs: "
       "{BS: [aGVsbG8=, '']}}}\n"
       "  - {at: 2s, put: {PK: a, SK: 2, m: {'': x}, 'a: b': 1, '<<': 2, '- c': 3, '?': 4, "
       "'\xEF\xBB\xBF': 5, "
       "\"\\x01\": 6, 'it''s \"q\"': 7, '{': 8, 2026-01-01: 2026-01-01, '---': '...'}, outcome: "
       "invalid}\n"
       "  - {at: 2s, update: {key: {PK: a, SK: 2}, set: {x: '1'}, add: {n: -1.5, m: 2}, remove: "
       "[z, '1']}, if: "
       "{exists: [b, a], not_exists: q, equals: {v: 1, w: x}, not_equals: {v: '2'}, less: {n: 5}, "
       "less_or_equal: {n: 6}, greater: {s: a}, greater_or_equal: {b: {B: aGVsbG8=}}}}\n"
       "  - {at: 2s, delete: {PK: a, SK: 2}, outcome: condition-failed}\n"
       "  - {at: 5s, transact: [{put: {PK: a, SK: 1}}], outcome: transaction-cancelled}\n"},
      {"regions: [a, b]\ntables: {t: {}, u: {}}\nsteps:\n"
       "  - {at: 1s, in: b, table: u, put: {PK: a}, name: first, outcome: server-error}\n"
       "  - {at: 1s, in: a, table: t, transact: [{put: {PK: a}}, {table: u, put: {PK: a}, if: "
       "{exists: "
       "PK}}, {delete: {PK: c}}, {check: {PK: d}, if: {not_exists: [x, y]}}, {update: {key: {PK: "
       "e}, "
       "remove: f}}]}\n"
       "expect:\n  - converged: {within: 5s, after: first}\n  - converged: {within: 5s, after: "
       "last-write}\n"
       "  - converged: {within: 5s, after: 5m}\n"},
      // ---- faults
      {"regions: [a, b, c]\nsteps:\n"
       "  - {at: 1s, partition: [[b, a], [c]], for: 3m, name: split}\n"
       "  - {at: 2s, cut: {from: a, to: b}}\n  - {at: 2s, cut: {between: [c, b]}, for: 1s}\n"
       "  - {at: 3s, heal: {from: a, to: b}}\n  - {at: 3s, heal: b}\n  - {at: 4s, isolate: c}\n"
       "  - {at: 5s, heal: all}\n  - {at: 5s, cut: {between: [c, b]}}\n"
       "  - {at: 6s, heal: {between: [b, c]}}\n"
       "  - {at: 6s, flap: {between: [a, b], down: 1s, up: 2s, times: 3}}\n"
       "  - {at: 7s, flap: {from: c, to: b, down: 1us, up: 2s, times: 3}}\n"
       "  - {at: 8s, link: {from: a, to: b, latency: 1s, jitter: 2s, lag: 0s, loss: 0%, duplicate: "
       "100%, "
       "reorder: 1%, bandwidth: 2GB/s}, for: 1s}\n"
       "  - {at: 8s, link: {between: [c, a], loss: 3%}}\n"
       "  - {at: 9s, pause_replication: a}\n  - {at: 10s, resume_replication: a}\n"
       "  - {at: 11s, pause_replication: {region: a, table: table}, for: 5m}\n"
       "  - {at: 11s, pause_replication: {region: b, onset: 'uniform(0s, 6m)'}}\n"
       "  - {at: 12s, resume_replication: {region: a, table: table}}\n"
       "  - {at: 13s, crash: a, restart_after: 1s}\n  - {at: 20s, crash: a}\n  - {at: 21s, "
       "restart: a}\n"
       "  - {at: 22s, freeze: b, for: 1s}\n  - {at: 22s, clock: {region: a, step: -1s}}\n"
       "  - {at: 22s, clock: {region: b, drift: 0ppm}, for: 1s}\n"
       "  - {at: 23s, clock: {region: a, step: 1us, drift: -12.345ppm}}\n"
       "  - {at: 24s, unavailable: a, for: 3h}\n"
       "  - {at: 24s, unavailable: {region: b, operations: [transact, put, control], rate: 30%, "
       "answer: "
       "lost, delay: 3s}}\n"
       "  - {at: 24s, unavailable: {region: b, rate: 29%}}\n"
       "  - {at: 24s, unavailable: {region: b, delay: 29s}}\n"
       "  - {at: 25s, unavailable: {region: b, delay: 29s, error: ThrottlingException}}\n"
       "expect: [{converged: 1s}, {converged: {within: 1s, after: split}}, {converged: {within: "
       "1s, after: "
       "last-fault}}]\n"},
      // ---- operations
      {"regions: [a, b, c]\ncontrol_plane: {source_lock: 0s}\ntables: {t: {ttl: x}, u: {regions: "
       "[a]}, v: {regions: [c]}}\nsteps:\n"
       "  - {at: 1s, capacity: {table: t, region: a, write: 600/m}, for: 1s}\n"
       "  - {at: 1s, capacity: {table: t, region: a, write: unlimited}}\n"
       "  - {at: 1s, add_replica: {table: u, region: b}}\n"
       "  - {at: 2m, remove_replica: {table: t, region: c, takes: 1s}}\n"
       "  - {at: 5m, in: a, remove_replica: {table: t, region: b}, outcome: ok}\n"
       "  - {at: 9m, delete_table: {table: t, region: a, takes: 1s}}\n"
       "  - {at: 10m, protection: {table: u, region: a, on: false, takes: 0s}}\n"
       "  - {at: 11m, protection: {table: u, region: a, on: true}, outcome: ok}\n"
       "  - {at: 12m, ttl: {table: u, region: a, enable: '1'}}\n"
       "  - {at: 20m, ttl: {table: u, region: a, disable: '1'}, outcome: ok}\n"
       "  - {at: 13m, split: {table: u, region: b}}\n"
       "  - {at: 14m, stream: {table: v, region: c, enable: NEW_IMAGE}}\n  - {at: 15m, "
       "delete_table: {table: v, region: c}}\n  - {at: 20m, create_table: {table: v, region: b}, "
       "outcome: ok}\n  - {at: 30m, add_replica: {table: u, region: a}, outcome: invalid}\n"},
      {"regions: [a]\nsteps:\n  - {at: 1s, stream: {region: a, enable: NEW_IMAGE, takes: 4s}}\n"
       "  - {at: 1m, stream: {region: a, disable: true}}\n  - {at: 2m, delete_table: {region: "
       "a}}\n"},
      {"regions: [a]\nsteps:\n  - {at: 1s, add_replica: {region: a}, outcome: invalid}\n"},
      // ---- expectations
      {"regions: [a, b]\ncontrol_plane: {durations: short}\ntables: {t: {ttl: x}, u: {regions: "
       "[a]}}\nexpect:\n"
       "  - lag: {from: a, to: b, p50: < 1s, max: 1ms .. 2ms}\n  - lag: {p99: 1s..2s, p999: < "
       "3s}\n  - lag: {p90: \">= 0s\"}\n"
       "  - item: {table: t, key: {PK: '1'}, in: b, at: 3s, equals: {PK: '1', n: '2'}}\n"
       "  - item: {table: t, key: {PK: a}, in: [a, b], has: {n: {SS: [a]}}}\n"
       "  - item: {table: u, key: {PK: a}, absent: true}\n"
       "  - counter: {table: t, key: {PK: a}, attribute: 'n: 1', lost: == 0}\n"
       "  - conflicts: {count: 1..3, table: t, winner: a, loser: b}\n  - conflicts: 5\n"
       "  - lost_writes: {acknowledged: 0, table: u, region: a}\n  - lost_writes: \"> 0\"\n"
       "  - records: {count: 3, table: t, region: a, event: REMOVE, origin: REPLICATION, "
       "origin_region: b, "
       "ttl: false}\n"
       "  - records: {count: 3, ttl: true}\n  - records: {count: 0}\n"
       "  - writes: {count: 2, table: u, region: a, outcome: timed-out}\n"
       "  - stream: {table: t, region: a, matches: golden/a.jsonl}\n"
       "  - stream_read: {table: t, region: b, at: 25h, iterator_at: 24h55m, from: latest, "
       "records: 0}\n"
       "  - stream_read: {table: t, region: b, at: 1s, from: {at: 7}, error: "
       "TrimmedDataAccessException}\n"
       "  - stream_read: {table: t, region: b, at: 1s, from: {after: 7}, records: 3}\n"
       "  - stream_read: {table: t, region: b, at: 1s, records: 3}\n"
       "  - replica: {table: t, region: b, at: 30s, status: ACTIVE}\n"
       "  - replica: {table: u, region: b, status: absent}\n"
       "  - table: {table: t, region: b, at: 30s, status: ACTIVE, replicas: {a: ACTIVE}}\n"
       "  - table: {table: u, region: a, replicas: none}\n"
       "  - stream_status: {table: t, region: a, at: 1s, status: ENABLED, shards: 3, open_shards: "
       "2}\n"
       "  - stream_status: {table: t, region: a, shards: < 3}\n"
       "  - digest: {is: '0123456789012345'}\n  - digest: {table: t}\n  - digest: {is: "
       "0123456789abcdef, "
       "table: u}\n  - digest: equal\n"},
  };
}

}  // namespace gtsim
