// The floors: an arrow between folders points down only, and the core of a region knows no IO,
// clock or thread. Proved twice: by what the sources include, and by what the built archives ask
// the linker for. Each checker is itself tested on something that it must catch.
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

struct Wall {
  std::string_view folder;                // files whose path starts so
  std::vector<std::string_view> banned;   // may include nothing that starts so
  std::vector<std::string_view> outside;  // except files whose path starts so
  std::string_view reason;
};

// Versions are a word of the whole project, whoever sends them.
constexpr std::string_view kForEverybody = "region-node/base/version.h";

// The parts of region-node that will do IO: what stands around the core.
const std::vector<std::string_view> kShell = {"region-node/dynamodb/", "region-node/config/",
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
    {"region-node/base/",
     {"region-node/item/", "region-node/table/", "region-node/stream/", "region-node/replication/",
      "region-node/write/"},
     {},
     "base is the lowest floor"},
    {"region-node/item/",
     {"region-node/table/", "region-node/stream/", "region-node/replication/"},
     {},
     "items know no table, stream or region"},
    {"region-node/table/", {"region-node/replication/"}, {}, "a table is local"},
    {"region-node/stream/", {"region-node/replication/"}, {}, "a stream does not know who wrote"},
    {"coordinator/", {"sim/"}, {}, "a scenario does not know where it runs"},
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
      if (include.target == kForEverybody) continue;
      for (std::string_view banned : wall.banned) {
        if (!names(include.target, banned)) continue;
        findings += file.path + ":" + std::to_string(include.line) + ": includes " +
                    include.target + ", but " + std::string(wall.reason) + "\n";
      }
    }
  }
  return findings;
}

TEST(Layers, IncludesPointDown) {
  std::string findings;
  std::size_t seen = 0;
  for (const File& file : files()) {
    if (!file.is_cpp()) continue;
    seen += file.under("region-node/") || file.under("coordinator/") ? 1 : 0;
    findings += broken_walls(file);
  }
  EXPECT_TRUE(findings.empty()) << "\n" << findings;
  EXPECT_GT(seen, 20u) << "the checker no longer finds the sources";
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
      {"region-node/dynamodb/server.cc", "\"sim/world/world.h\""},
      {"region-node/base/ids.h", "\"region-node/item/number.h\""},
      {"region-node/item/number.h", "\"region-node/table/key_schema.h\""},
      {"region-node/item/image.h", "\"region-node/stream/view_type.h\""},
      {"region-node/item/image.h", "\"region-node/replication/log.h\""},
      {"region-node/table/store.h", "\"region-node/replication/log.h\""},
      {"region-node/stream/shard.h", "\"region-node/replication/log.h\""},
      {"coordinator/run/run.cc", "\"sim/network/link.h\""},
  };
  for (const auto& breach : kBreaches) {
    EXPECT_NE(broken_walls({breach.path, "#pragma once\n#include " + breach.target + "\n"}), "")
        << breach.path << " includes " << breach.target;
  }
}

TEST(LayersCanary, LetsAnIncludeThatPointsDownPass) {
  const struct {
    std::string path, target;
  } kFine[] = {
      {"region-node/dynamodb/server.cc", "<boost/asio.hpp>"},
      {"region-node/storage/region_database.cc", "<leveldb/db.h>"},
      {"region-node/item/image.h", "\"region-node/base/version.h\""},
      {"region-node/base/time.h", "<chrono>"},
      {"region-node/replica.h", "\"region-node/replication/log.h\""},
      {"sim/world/world.cc", "\"coordinator/run/cluster.h\""},
  };
  for (const auto& fine : kFine) {
    EXPECT_EQ(broken_walls({fine.path, "#include " + fine.target + "\n"}), "") << fine.path;
  }
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
