// What the configuration file and the command line say about a node, before names are resolved: the
// command line may still replace the regions that the file's tables refer to. resolve() makes the
// NodeConfig of it, or says everything that is wrong.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/result.h"
#include "region-node/config/node_config.h"

namespace gtsim {

inline constexpr std::size_t kMaxNameBytes = 255;

// A word from outside, and where it was read ("node.yaml:3:9: peers.eu-west-1" or "--peer").
struct PlacedText {
  std::string text;
  std::string where;
};

struct TableSettings {
  NodeTable table;                  // but its regions
  std::vector<PlacedText> regions;  // none: all
  bool nowhere = false;             // `regions: none`
  std::string where;
};

struct NodeSettings {
  NodeConfig config;  // but region, regions, peers and tables
  PlacedText region;
  std::vector<PlacedText> regions;
  std::map<std::string, PlacedText> peers;  // region: host:port; the own region's is left out
  std::vector<TableSettings> tables;        // in the order that numbers them
};

// Letters, digits, `-`, `_` and `.`, 1 to 255 of them.
[[nodiscard]] bool is_name(std::string_view text);
// "host:port", "1.2.3.4:port" or "[::1]:port"; port 0 only to listen on. Empty when it is one, else
// what is wrong with it.
[[nodiscard]] std::string address_fault(std::string_view text, bool may_be_zero);
// The text between backticks, short and printable whatever it holds.
[[nodiscard]] std::string in_backticks(std::string_view text);

// kInput with one line for each error.
[[nodiscard]] Result<NodeConfig> resolve(const NodeSettings& settings);

}  // namespace gtsim
