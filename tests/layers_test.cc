// The floors: an arrow between folders points down only, also from room to room inside a floor, and
// the core of a region knows no IO, clock or thread. Proved twice: by what the sources include, and
// by what the built archives ask the linker for. Each checker is itself tested on something that it
// must catch.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tests/source_tree.h"

namespace gtsim::source_tree {
namespace {

// ---- includes
// ------------------------------------------------------------------------------------

// The rooms of a floor, lowest first: a file may include what lies in its own room and in those
// before it. One order, so no rooms can form a circle. docs/architecture.md has the same one.
struct Floor {
  std::string_view folder;
  std::vector<std::string_view> rooms;
};

// The files that stand in region-node itself.
constexpr std::string_view kReplicaRoom = "replica";

const std::vector<Floor> kFloors = {
    {"region-node/",
     {"base", "item", "table", "stream", "write", "replication", kReplicaRoom, "commit",
      "control_plane", "link", "file", "storage", "config", "transport", "node"}},
    {"coordinator/",
     {"network", "handler", "pattern", "fault", "scenario", "language", "cluster", "check",
      "workload", "consumer", "run", "play", "report", "live"}},
    {"sim/", {"network", "storage", "world", "play", "command"}},
};

// Of a file in the floor: its room.
std::string_view room_of(const Floor& floor, std::string_view path) {
  const std::string_view rest = path.substr(floor.folder.size());
  const std::size_t end = rest.find('/');
  return end == std::string_view::npos ? kReplicaRoom : rest.substr(0, end);
}

std::size_t height(const Floor& floor, std::string_view room) {
  return static_cast<std::size_t>(std::find(floor.rooms.begin(), floor.rooms.end(), room) -
                                  floor.rooms.begin());
}

std::string arrows_up(const File& file) {
  std::string findings;
  for (const Floor& floor : kFloors) {
    if (!file.under(floor.folder)) continue;
    const std::string_view from = room_of(floor, file.path);
    if (height(floor, from) == floor.rooms.size()) {
      findings += file.path + ": the order of the rooms of " + std::string(floor.folder) +
                  " does not have " + std::string(from) + "\n";
      continue;
    }
    for (const Include& include : includes(file.text)) {
      if (!include.target.starts_with(floor.folder)) continue;
      const std::string_view to = room_of(floor, include.target);
      if (height(floor, to) <= height(floor, from)) continue;
      findings += file.path + ":" + std::to_string(include.line) + ": includes " + include.target +
                  ", but " + std::string(to) + " is above " + std::string(from) + "\n";
    }
  }
  return findings;
}

// What a file may not include although it lies below.
struct Wall {
  std::string_view folder;                // files whose path starts so
  std::vector<std::string_view> banned;   // may include nothing that starts so
  std::vector<std::string_view> outside;  // except files whose path starts so
  std::string_view reason;
};

// How files are opened.
const std::vector<std::string_view> kFileHeaders = {
    "fstream", "filesystem", "cstdio", "iostream", "fcntl.h", "unistd.h", "region-node/file/"};

// The parts of region-node that do IO: what stands around the core.
const std::vector<std::string_view> kShell = {"region-node/file/", "region-node/config/",
                                              "region-node/node/", "region-node/transport/",
                                              "region-node/storage/"};

const std::vector<Wall> kWalls = {
    {"region-node/",
     {"boost/asio", "boost/beast", "asio", "grpc", "google/protobuf", "proto/", "leveldb"},
     kShell,
     "the core does no IO"},
    {"region-node/",
     {"thread", "mutex", "shared_mutex", "condition_variable", "future", "atomic", "stop_token",
      "semaphore", "barrier", "latch", "boost/thread", "pthread.h"},
     kShell,
     "one thread owns the core"},
    {"region-node/",
     {"ctime", "time.h", "sys/time.h", "sys/socket.h", "unistd.h", "fstream", "iostream",
      "filesystem", "random", "boost/chrono"},
     kShell,
     "time, files and randomness come in as arguments"},
    {"region-node/", {"coordinator/", "sim/"}, {}, "a region knows nothing of who runs it"},
    {"region-node/write/", {"region-node/table/", "region-node/stream/"}, {}, "a write is a value"},
    {"region-node/link/",
     {"region-node/item/", "region-node/table", "region-node/stream/", "region-node/write/",
      "region-node/replication/", "region-node/replica.h", "region-node/effects.h"},
     {},
     "a link does not know what it carries"},
    {"region-node/storage/", {"region-node/link/"}, {}, "storage knows no network"},
    {"region-node/transport/",
     {"region-node/storage/", "region-node/link/", "leveldb"},
     {},
     "the transport stores nothing"},
    {"region-node/config/",
     {"region-node/storage/", "region-node/link/", "grpc", "leveldb"},
     {},
     "configuration is words, whoever acts on them"},
    {"coordinator/", {"sim/"}, {}, "a scenario does not know where it runs"},
    {"coordinator/",
     {"region-node/node/", "region-node/transport/", "region-node/storage/"},
     {},
     "live regions are processes"},
    {"coordinator/handler/",
     {"region-node/stream/", "region-node/table", "region-node/replica", "region-node/effects.h"},
     {},
     "a handler is handed bytes"},
    {"coordinator/check/",
     {"region-node/replica", "region-node/table_replica.h", "region-node/write/"},
     {},
     "a check shares no code with what it checks"},
    {"coordinator/consumer/", kFileHeaders, {}, "a run is handed its files"},
    {"coordinator/run/", kFileHeaders, {}, "a run is handed its files"},
    {"coordinator/play/", kFileHeaders, {}, "a run is handed its files"},
    {"sim/play/", kFileHeaders, {}, "a run is handed its files"},
    {"sim/world/", kFileHeaders, {}, "simulated disks are in memory"},
    {"sim/storage/", kFileHeaders, {}, "simulated disks are in memory"},
    {"sim/storage/", {"sim/network/", "region-node/link/"}, {}, "a disk knows no links"},
    {"region-node/", {"tests/"}, {}, "the product does not know its tests"},
    {"coordinator/", {"tests/"}, {}, "the product does not know its tests"},
    {"sim/", {"tests/"}, {}, "the product does not know its tests"},
};

// A banned name that ends like a folder covers what is in it; `thread` is the header of that name
// only, `asio` or `grpc` whatever starts so.
bool names(std::string_view target, std::string_view banned) {
  const bool is_library = banned == "asio" || banned == "grpc" || banned == "leveldb" ||
                          banned.find('/') != std::string_view::npos;
  return is_library ? target.starts_with(banned) : target == banned;
}

std::string broken_walls(const File& file) {
  std::string findings;
  for (const Wall& wall : kWalls) {
    if (!file.under(wall.folder)) continue;
    if (std::any_of(wall.outside.begin(), wall.outside.end(),
                    [&](std::string_view shell) { return file.under(shell); })) {
      continue;
    }
    for (const Include& include : includes(file.text)) {
      for (std::string_view banned : wall.banned) {
        if (!names(include.target, banned)) continue;
        findings += file.path + ":" + std::to_string(include.line) + ": includes " +
                    include.target + ", but " + std::string(wall.reason) + "\n";
      }
    }
  }
  return findings;
}

std::string breaches(const File& file) {
  return arrows_up(file) + broken_walls(file);
}

TEST(Layers, IncludesPointDown) {
  std::string findings;
  std::size_t seen = 0;
  for (const File& file : files()) {
    if (!file.is_cpp()) continue;
    seen += file.under("region-node/") || file.under("coordinator/") ? 1 : 0;
    findings += breaches(file);
  }
  EXPECT_TRUE(findings.empty()) << "\n" << findings;
  EXPECT_GT(seen, 20u) << "the checker no longer finds the sources";
}

// The first column of the table of rooms, as "region-node/base".
std::vector<std::string> rooms_of_the_manual(std::string_view text) {
  std::vector<std::string> rooms;
  for (std::string_view line : lines(text)) {
    if (!line.starts_with("| `")) continue;
    const std::string_view name = line.substr(3, line.find('`', 3) - 3);
    for (const Floor& floor : kFloors) {
      if (!name.starts_with(floor.folder)) continue;
      const std::string_view rest = name.substr(floor.folder.size());
      const bool is_room = height(floor, rest) != floor.rooms.size();
      // "region-node/table_replica*"
      rooms.push_back(std::string(floor.folder) + std::string(is_room ? rest : kReplicaRoom));
    }
  }
  return rooms;
}

TEST(Layers, TheManualHasTheSameOrder) {
  std::vector<std::string> declared;
  for (const Floor& floor : kFloors) {
    for (std::string_view room : floor.rooms) {
      declared.push_back(std::string(floor.folder) + std::string(room));
    }
  }
  for (const File& file : files()) {
    if (file.path != "docs/architecture.md") continue;
    EXPECT_EQ(rooms_of_the_manual(file.text), declared);
    return;
  }
  FAIL() << "there is no docs/architecture.md";
}

TEST(LayersCanary, CatchesAnIncludeThatPointsUp) {
  const struct {
    std::string path, target;
  } kBreaches[] = {
      {"region-node/replica.cc", "<boost/asio.hpp>"},
      {"region-node/replica.cc", "<boost/asio/io_context.hpp>"},
      {"region-node/replication/log.h", "<grpcpp/grpcpp.h>"},
      {"region-node/table/store.h", "<leveldb/db.h>"},
      {"region-node/base/random.cc", "<random>"},
      {"region-node/stream/shard.cc", "<thread>"},
      {"region-node/write/put.cc", "<mutex>"},
      {"region-node/base/time.cc", "<ctime>"},
      {"region-node/replica.h", "\"coordinator/check/check.h\""},
      {"region-node/node/http_listener.cc", "\"sim/world/world.h\""},
      {"region-node/base/ids.h", "\"region-node/item/number.h\""},
      {"region-node/item/number.h", "\"region-node/table/key_schema.h\""},
      {"region-node/item/image.h", "\"region-node/stream/view_type.h\""},
      {"region-node/item/image.h", "\"region-node/replication/log.h\""},
      {"region-node/table/store.h", "\"region-node/replication/log.h\""},
      {"region-node/stream/shard.h", "\"region-node/replication/log.h\""},
      {"coordinator/run/run.cc", "\"sim/network/link.h\""},
      {"region-node/transport/hello.h", "\"region-node/node/node_loop.h\""},
      {"region-node/transport/hello.cc", "\"region-node/storage/region_database.h\""},
      {"region-node/storage/table_saver.h", "\"region-node/config/node_config.h\""},
      {"region-node/table/store.h", "\"region-node/replica.h\""},
      {"region-node/link/link_model.h", "\"region-node/replication/message.h\""},
      {"region-node/new_room/file.h", "\"region-node/base/time.h\""},
      {"coordinator/scenario/scenario.h", "\"coordinator/cluster/cluster.h\""},
      {"coordinator/consumer/consumer.cc", "\"coordinator/run/verdict.h\""},
      {"coordinator/consumer/ledger.h", "\"coordinator/run/statistics.h\""},
      {"coordinator/run/golden_file.cc", "\"coordinator/report/report.h\""},
      {"coordinator/run/golden_file.cc", "<fstream>"},
      {"coordinator/play/play.cc", "\"coordinator/report/report.h\""},
      {"coordinator/play/play.cc", "\"region-node/file/output_file.h\""},
      {"coordinator/play/play.cc", "\"sim/world/sim_cluster.h\""},
      {"coordinator/live/wire.h", "\"region-node/node/control_decode.h\""},
      {"coordinator/check/checker.cc", "\"region-node/table_replica.h\""},
      {"coordinator/check/checker.cc", "\"tests/order_item.h\""},
      {"sim/network/link.h", "\"sim/storage/memory_disk.h\""},
      {"sim/world/event_queue.h", "\"sim/command/input.h\""},
  };
  for (const auto& breach : kBreaches) {
    EXPECT_NE(breaches({breach.path, "#pragma once\n#include " + breach.target + "\n"}), "")
        << breach.path << " includes " << breach.target;
  }
}

TEST(LayersCanary, LetsAnIncludeThatPointsDownPass) {
  const struct {
    std::string path, target;
  } kFine[] = {
      {"region-node/node/http_listener.cc", "<boost/asio.hpp>"},
      {"region-node/storage/region_database.cc", "<leveldb/db.h>"},
      {"region-node/item/image.h", "\"region-node/base/version.h\""},
      {"region-node/base/time.h", "<chrono>"},
      {"region-node/replica.h", "\"region-node/replication/log.h\""},
      {"sim/world/world.cc", "\"coordinator/run/cluster.h\""},
      {"region-node/storage/region_database.h", "\"region-node/table_storage.h\""},
      {"region-node/transport/hello.h", "\"region-node/config/node_config.h\""},
      {"coordinator/play/play.h", "\"coordinator/run/runner.h\""},
      {"coordinator/report/report.h", "\"coordinator/play/run_result.h\""},
      {"coordinator/report/disk_files.cc", "<fstream>"},
      {"coordinator/run/runner.h", "\"coordinator/run/verdict.h\""},
      {"sim/command/main.cc", "\"sim/world/sim_cluster.h\""},
  };
  for (const auto& fine : kFine) {
    EXPECT_EQ(breaches({fine.path, "#include " + fine.target + "\n"}), "") << fine.path;
  }
}

TEST(LayersCanary, ReadsTheManualsTable) {
  EXPECT_EQ(rooms_of_the_manual("| folder | holds |\n| `region-node/item` | items |\n"
                                "| `region-node/table_replica*`, `replica` | it |\n"
                                "Of `region-node/base` and\n| `sim/world` | time |\n"),
            (std::vector<std::string>{"region-node/item", "region-node/replica", "sim/world"}));
}

// ---- the link line
// ---------------------------------------------------------------------------------

// Undefined symbols are what an archive asks the linker for. These may not be among them.
constexpr std::string_view kBannedFunctions[] = {"pthread_create",
                                                 "clock_gettime",
                                                 "gettimeofday",
                                                 "time",
                                                 "clock",
                                                 "nanosleep",
                                                 "usleep",
                                                 "sleep",
                                                 "rand",
                                                 "random",
                                                 "getrandom",
                                                 "socket",
                                                 "connect",
                                                 "getaddrinfo",
                                                 "open",
                                                 "fopen",
                                                 "fopen64",
                                                 "getenv",
                                                 "pow",
                                                 "exp",
                                                 "log",
                                                 "sin",
                                                 "cos"};
constexpr std::string_view kBannedParts[] = {
    "_clock::now",        "asio",       "grpc", "leveldb", "google::protobuf", "std::thread",
    "std::random_device", "std::locale"};

std::string banned_symbol(std::string_view symbol) {
  // "pthread_create@GLIBC_2.34" in a linked object, without the version in an archive.
  const std::string_view name = symbol.substr(0, symbol.find('@'));
  for (std::string_view banned : kBannedFunctions) {
    if (name == banned) return std::string(symbol);
  }
  for (std::string_view part : kBannedParts) {
    if (name.find(part) != std::string_view::npos) return std::string(symbol);
  }
  return "";
}

struct Symbols {
  std::vector<std::string> undefined;
  int exit_code = -1;
};

Symbols undefined_symbols(const std::string& archive) {
  const std::string command = std::string("'") + NM_PROGRAM + "' -u -C '" + archive + "'";
  Symbols symbols;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return symbols;
  std::string output;
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe)) {
    output.append(buffer, size);
  }
  const int status = pclose(pipe);
  symbols.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  for (std::string_view line : lines(output)) {
    const std::size_t mark = line.find(" U ");
    if (mark != std::string_view::npos) symbols.undefined.emplace_back(line.substr(mark + 3));
  }
  return symbols;
}

std::vector<std::string> core_archives() {
  std::vector<std::string> archives;
  std::string_view rest = CORE_ARCHIVES;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    archives.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return archives;
}

TEST(Layers, CoreArchivesAskTheLinkerForNoClockThreadOrIo) {
  const std::vector<std::string> archives = core_archives();
  ASSERT_EQ(archives.size(), 2u);
  for (const std::string& archive : archives) {
    const Symbols symbols = undefined_symbols(archive);
    ASSERT_EQ(symbols.exit_code, 0) << "nm failed on " << archive;
    EXPECT_GT(symbols.undefined.size(), 10u) << "nm says too little about " << archive;
    for (const std::string& symbol : symbols.undefined) {
      EXPECT_EQ(banned_symbol(symbol), "") << archive;
    }
  }
}

TEST(LayersCanary, CatchesAnArchiveWithAThreadAndClocks) {
  const Symbols symbols = undefined_symbols(CANARY_ARCHIVE);
  ASSERT_EQ(symbols.exit_code, 0);
  std::vector<std::string> caught;
  for (const std::string& symbol : symbols.undefined) {
    if (!banned_symbol(symbol).empty()) caught.push_back(symbol);
  }
  std::sort(caught.begin(), caught.end());
  EXPECT_EQ(caught, (std::vector<std::string>{"clock_gettime", "pthread_create",
                                              "std::chrono::_V2::steady_clock::now()"}));
}

TEST(LayersCanary, AnArchiveThatIsMissingIsAFailure) {
  EXPECT_NE(undefined_symbols("no-such-archive.a").exit_code, 0);
}

}  // namespace
}  // namespace gtsim::source_tree
