#include <CLI/CLI.hpp>

#include "sim/command/consume_command.h"

namespace gtsim {

CLI::App* add_consume(CLI::App& app, ConsumeCommand& command) {
  CLI::App* consume_app = app.add_subcommand(
      "consume", "Print a stream of a run folder, or hand it in batches to a program");
  consume_app->add_option("folder", command.folder, "A run folder, e.g. runs/split-brain/latest")
      ->required();
  consume_app->add_option("program", command.program,
                          "After `--`: a program that takes one Lambda event per line and answers "
                          "with one line of JSON");
  consume_app->add_option("--region", command.region, "The region whose stream is read");
  consume_app->add_option("--table", command.table, "The table; not needed when there is one");
  consume_app
      ->add_option("--format", command.format,
                   "table (the default on a terminal), jsonl (the default elsewhere), lambda")
      ->check(CLI::IsMember({"table", "jsonl", "lambda"}));
  consume_app->add_option("--batch-size", command.batch_size, "Records in a Lambda event, at most")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  consume_app->add_option("--filter", command.filters,
                          "Event pattern that a record must match; given several times: any");
  consume_app->add_option("--event", command.events, "Only these, e.g. INSERT,MODIFY")
      ->delimiter(',')
      ->check(CLI::IsMember({"INSERT", "MODIFY", "REMOVE"}));
  consume_app->add_option("--origin", command.origin, "Only records of this origin")
      ->check(CLI::IsMember({"application", "replication"}));
  consume_app->add_option("--shard", command.shard, "Only records of the shard with this id");
  CLI::Option* from =
      consume_app->add_option("--from", command.from, "Start at this sequence number");
  CLI::Option* from_time = consume_app->add_option("--from-time", command.from_time,
                                                   "Start at this time, to the second, e.g. "
                                                   "2026-01-01T00:01:00Z");
  from_time->excludes(from);
  consume_app->add_option("--limit", command.limit, "Stop after so many records");
  consume_app
      ->add_option("--checkpoint", command.checkpoint,
                   "File that says where to go on; written after the output")
      ->excludes(from)
      ->excludes(from_time);
  consume_app->add_flag("--follow", command.follow,
                        "Wait for more records until the run has its verdict");
  return consume_app;
}

}  // namespace gtsim
