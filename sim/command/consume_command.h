// `gtsim consume`: reads one stream of a run folder as a consumer would, and prints its records, or
// hands them in batches to a program. Formats of the folder: proto/run-folder.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace gtsim {

struct ConsumeCommand {
  std::string folder;
  std::string region;  // empty: there must be one stream alone
  std::string table;
  std::string format;                // table, jsonl, lambda; empty: by what standard output is
  std::vector<std::string> filters;  // event patterns; any of them lets a record pass
  std::vector<std::string> events;   // INSERT, MODIFY, REMOVE; empty: all
  std::string origin;                // application, replication; empty: both
  std::string shard;                 // id of a shard; empty: all
  std::string from;                  // the sequence number to start at
  std::string from_time;             // the first record made at this second or later starts
  std::string checkpoint;            // a file to go on from, and to keep up
  std::uint64_t limit = 0;           // records printed; 0: all
  std::size_t batch_size = 100;
  bool follow = false;               // wait for more until the run has its verdict
  std::vector<std::string> program;  // takes the batches instead of standard output
};

// Binds `command` to a subcommand of `app`.
CLI::App* add_consume(CLI::App& app, ConsumeCommand& command);

// 0; 1 when the program failed a batch; 2 when the folder, an option or the output is unusable.
[[nodiscard]] int consume(const ConsumeCommand& command);

}  // namespace gtsim
