// Arbitrary bytes as the configuration file of a region node. It must come back with a
// configuration that keeps its promises, or with messages that can be shown in a terminal.
#include <cstddef>
#include <cstdint>
#include <string>

#include "region-node/base/check.h"
#include "region-node/config/config_file.h"

namespace {

using namespace gtsim;

// The YAML scanner takes quadratic time for some inputs that nobody writes.
constexpr std::size_t kMaxBytes = 16u << 10;

void check_message(const std::string& message) {
  CHECK(!message.empty());
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    CHECK_DETAIL((byte >= 0x20 && byte < 0x7F) || c == '\n', message);
  }
}

void check_config(const NodeConfig& config) {
  CHECK(is_name(config.region));
  CHECK(config.regions.size() <= kMaxRegions);
  CHECK(config.tables.size() <= kMaxTables);
  bool own = false;
  for (std::size_t i = 0; i < config.regions.size(); ++i) {
    own |= config.regions[i] == config.region;
    if (i > 0) CHECK(config.regions[i - 1] < config.regions[i]);
  }
  CHECK(own);
  for (const auto& [region, address] : config.peers) {
    CHECK(region != config.region);
    CHECK(address_fault(address, /*may_be_zero=*/false).empty());
  }
  for (const NodeTable& table : config.tables) {
    CHECK(is_name(table.name));
    CHECK(!table.key.hash.name.empty());
    CHECK(!table.regions.empty());
    CHECK(table.regions.size() == 1 || table.stream.has_value());
    CHECK(table.shards >= 1);
  }
  CHECK(config.replication.batch >= 1);
  CHECK(config.replication.in_flight >= 1);
  CHECK(config.waiting_calls >= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxBytes) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  NodeSettings settings;
  if (auto read = read_config(text, "fuzz.yaml", settings); !read) {
    check_message(read.error().detail);
    return 0;
  }
  const auto config = resolve(settings);
  if (config) {
    check_config(*config);
  } else {
    check_message(config.error().detail);
  }
  return 0;
}
